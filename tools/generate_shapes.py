#!/usr/bin/env python3
"""Turns model/<service>.json into C++ structs, decoders, checks and encoders (docs/design/0004-wire-shapes.md).

    generate_shapes.py --model model/dynamodb.json --operations src/services/dynamodb/operations.cc --out build/dev/generated/shapes

Headers are made for every operation; codecs for those that operations.cc names (`op::PutItem`). With --list it only prints the
sources it would make, for CMake. A file whose text does not change is not written, so nothing that includes it is built again.
"""
import argparse
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from shapes import headers, sources, tables  # noqa: E402
from shapes.model import Model  # noqa: E402
from shapes.names import snake  # noqa: E402


def implemented(model, table: pathlib.Path | None, everything: bool) -> list:
    if everything:
        return list(model.operations.values())
    names = set(re.findall(r"\bop::(\w+)", table.read_text())) if table and table.exists() else set()
    unknown = names - set(model.operations)
    if unknown:
        sys.exit(f"generate_shapes: {table} names operations that model/{model.id}.json has not: {', '.join(sorted(unknown))}")
    return [model.operations[n] for n in sorted(names)]


def files(model, operations, one_file=False) -> dict:
    names = {o.name for o in operations}
    out = {"service.h": headers.service_header(model), "service.cc": headers.service_source(model),
           "enums.h": headers.enums_header(model), "errors.h": headers.errors_header(model), "errors.cc": sources.errors_source(model)}
    if tables.wanted(model):
        out["protocols.cc"] = tables.source(model)
    for operation in model.operations.values():
        out[f"{operation.file}.h"] = headers.operation_header(model, operation)
    for group in model.shared_groups():
        out[f"types/{snake(group[0].name)}.h"] = headers.types_header(model, group)
    if one_file:
        out["codecs.cc"] = sources.one_source(model, operations)
        return {name: "\n".join(lines) for name, lines in out.items()}
    for operation in operations:
        out[f"{operation.file}.cc"] = sources.operation_source(model, operation)
    shared = [s for group in model.shared_groups(names) for s in group]
    out["types.cc"] = sources.types_source(model, shared)
    return {name: "\n".join(lines) for name, lines in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--operations", type=pathlib.Path, help="the service's operation table")
    parser.add_argument("--all", action="store_true", help="codecs for every operation")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--one-file", action="store_true", help="all codecs in codecs.cc")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()

    quirks_file = arguments.model.parent / "quirks" / arguments.model.name
    quirks = json.loads(quirks_file.read_text()) if quirks_file.exists() else {}
    model = Model(arguments.model, quirks)
    operations = implemented(model, arguments.operations, arguments.all)
    folder = arguments.out / model.id
    if arguments.list:
        names = ["service.cc", "errors.cc", "types.cc"] + (["protocols.cc"] if tables.wanted(model) else [])
        names += [f"{o.file}.cc" for o in operations]
        print(";".join(str(folder / n) for n in names), end="")
        return
    wanted = files(model, operations, arguments.one_file)
    for name, content in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


if __name__ == "__main__":
    main()
