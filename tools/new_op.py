#!/usr/bin/env python3
"""Scaffolds an operation: its file, its declaration, its line in the table.   usage: new_op.py SERVICE OPERATION"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SOURCE = """#include "services/{service}/operations.h"
#include "shapes/{service}/{snake}.h"

namespace millrace::{service} {{

// {doc}
base::Task<base::Result<{name}Output, wire::ServiceError>> {snake}({klass}& service, const wire::RequestContext& context,
                                                                   {name}Input input) {{
#error "{name}: read the AWS page, write the decision, then remove this line"
}}

}}  // namespace millrace::{service}
"""


def fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def main() -> int:
    if len(sys.argv) != 3:
        return fail(__doc__)
    service, name = sys.argv[1:]
    folder = ROOT / "src" / "services" / service
    model = ROOT / "model" / f"{service}.json"
    if not folder.is_dir() or not model.exists():
        return fail(f"no service '{service}'; there are: {', '.join(sorted(p.name for p in folder.parent.iterdir() if p.is_dir()))}")
    if name not in json.loads(model.read_text())["operations"]:
        return fail(f"the model of {service} has no operation {name}")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    table = folder / "operations.cc"
    text = table.read_text()
    if re.search(rf"\bop::{name}\b", text):
        return fail(f"{name} already stands in {table.relative_to(ROOT)}")
    klass = re.search(r"operations\((\w+)& ", text)
    target = folder / f"{snake}.cc"
    if target.exists():
        return fail(f"{target.relative_to(ROOT)} exists")
    target.write_text(SOURCE.format(service=service, snake=snake, name=name, klass=klass.group(1) if klass else "Service",
                                    doc=f"What only {name} knows. Source: the AWS API reference, {name}."))
    row = f"wire::operation<op::{name}, {snake}>"
    rows = re.findall(r"wire::operation<op::\w+,\s*\w+>", text)
    if rows:
        after = max((r for r in rows if r < row), default=None)
        text = text.replace(after, f"{after}, {row}", 1) if after else text.replace(rows[0], f"{row}, {rows[0]}", 1)
        include = f'#include "shapes/{service}/{snake}.h"\n'
        if include not in text and '#include "shapes/' in text:
            text = text.replace('#include "shapes/', include + '#include "shapes/', 1)
        table.write_text(text)
    print(f"wrote {target.relative_to(ROOT)} and its line in {table.relative_to(ROOT)}\n"
          f"next: declare {snake}() in operations.h, write it, and its test in test/conformance/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
