#!/usr/bin/env python3
"""Checks who includes whom (docs/design/0001-the-house.md) and who may touch which library. Exit 1 on a breach."""
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"
ENGINES = ["engines/table", "engines/stream", "engines/queue", "engines/object", "engines/catalog", "engines/telemetry"]
ALLOWED = {
    "base": [],
    "store": ["base"],
    "net": ["base"],
    "runtime": ["base", "net"],
    "wire": ["base", "net"],
    "triggers": ["base", *ENGINES, "runtime"],
    "server": ["*"],
}
for engine in ENGINES:
    ALLOWED[engine] = ["base", "store"]
ALLOWED["engines/table"].append("engines/stream")

# A library that one room keeps from the others: pattern -> rooms that may include it.
KEPT = {
    r"rocksdb/": ["store"],
    r"boost/beast/": ["net"],
    r"boost/asio/(ip/|local/|ssl|basic_stream_socket|write|read)": ["net", "runtime", "server"],
    r"sys/socket\.h|netinet/": ["net", "runtime"],
    r"simdjson": ["wire", "engines/table", "runtime", "services", "engines/catalog", "triggers"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("engines", "services") else parts[0]


def allowed(room: str) -> list[str]:
    if room.startswith("services/"):
        return ["base", "wire", "runtime", *ENGINES, room, "net"]
    return ALLOWED.get(room, [])


def breaches(file: pathlib.Path):
    name = str(file.relative_to(SRC))
    room = room_of(name)
    may = allowed(room)
    is_test = name.endswith(("_test.cc", "_testing.cc", "_testing.h"))
    for number, line in enumerate(file.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, target = match.groups()
        if bracket == '"':
            other = room_of(target)
            if other in (room, "shapes") or "*" in may or other in may or is_test:
                continue
            yield f"src/{name}:{number}: {room} may not include {other}"
        else:
            for pattern, rooms in KEPT.items():
                if re.match(pattern, target) and not is_test and room.split("/")[0] not in rooms and room not in rooms and room != "server":
                    yield f"src/{name}:{number}: only {', '.join(rooms)} may include <{target}>"


def main() -> int:
    found = [b for f in sorted(SRC.rglob("*")) if f.suffix in (".h", ".cc") for b in breaches(f)]
    print("\n".join(found) if found else "layers: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
