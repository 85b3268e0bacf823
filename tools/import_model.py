#!/usr/bin/env python3
"""Imports the facts of an AWS API into model/<service>.json: names, members, types, constraints, errors and HTTP bindings.
Prose is left out. The source is botocore's service description, at the version pinned below:

    python3 -m venv /tmp/botocore && /tmp/botocore/bin/pip install botocore==1.44.5
    /tmp/botocore/bin/python tools/import_model.py dynamodb dynamodbstreams lambda

Without names, every model that already stands in model/ is imported again.
"""
import argparse
import gzip
import json
import pathlib
import sys

BOTOCORE = "1.44.5"
MODEL = pathlib.Path(__file__).resolve().parent.parent / "model"

# What is kept, by where it stands. Everything else (documentation, SDK hints, endpoint rules) is no fact of the wire.
METADATA = ["apiVersion", "protocol", "protocols", "jsonVersion", "targetPrefix", "endpointPrefix", "signingName", "serviceId",
            "xmlNamespace", "awsQueryCompatible"]
OPERATION = ["idempotent", "unsignedPayload", "httpChecksumRequired"]
SHAPE = ["type", "required", "min", "max", "pattern", "enum", "payload", "error", "exception", "fault", "flattened", "box",
         "timestampFormat", "eventstream", "event", "sensitive", "union", "document", "streaming", "locationName",
         "xmlNamespace", "xmlOrder", "wrapper"]
MEMBER = ["shape", "location", "locationName", "streaming", "box", "idempotencyToken", "timestampFormat", "flattened",
          "eventpayload", "eventheader", "xmlNamespace", "xmlAttribute", "jsonvalue", "hostLabel", "queryName"]


def pick(source: dict, names: list[str]) -> dict:
    return {name: source[name] for name in names if name in source}


def member(source: dict) -> dict:
    return pick(source, MEMBER)


def shape(source: dict) -> dict:
    out = pick(source, SHAPE)
    if "members" in source:
        out["members"] = {name: member(m) for name, m in source["members"].items()}
    for part in ("member", "key", "value"):
        if part in source:
            out[part] = member(source[part])
    return out


def operation(source: dict) -> dict:
    http = source.get("http", {})
    out = {"method": http.get("method", "POST"), "uri": http.get("requestUri", "/")}
    if http.get("responseCode", 200) != 200:
        out["status"] = http["responseCode"]
    for side in ("input", "output"):
        if side in source:
            out[side] = member(source[side])
            if "resultWrapper" in source[side]:
                out[side]["resultWrapper"] = source[side]["resultWrapper"]
    out["errors"] = [e["shape"] for e in source.get("errors", [])]
    if "hostPrefix" in source.get("endpoint", {}):
        out["hostPrefix"] = source["endpoint"]["hostPrefix"]
    return out | pick(source, OPERATION)


def facts(source: dict) -> dict:
    return {
        "metadata": pick(source["metadata"], METADATA),
        "operations": {name: operation(o) for name, o in sorted(source["operations"].items())},
        "shapes": {name: shape(s) for name, s in sorted(source["shapes"].items())},
    }


def render(model: dict) -> str:
    """One operation or shape a line, so that a new version reads well as a diff."""
    def line(value):
        return json.dumps(value, ensure_ascii=False)

    parts = [f'"metadata": {line(model["metadata"])}']
    for section in ("operations", "shapes"):
        rows = ",\n".join(f"  {line(name)}: {line(value)}" for name, value in model[section].items())
        parts.append(f'"{section}": {{\n{rows}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read_source(data: pathlib.Path, service: str) -> dict:
    versions = sorted(data.glob(f"{service}/*/service-2.json*"))
    if not versions:
        sys.exit(f"import_model: botocore has no service '{service}'")
    newest = versions[-1]
    return json.loads(gzip.decompress(newest.read_bytes()) if newest.suffix == ".gz" else newest.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", nargs="*", help="botocore's names: dynamodb, lambda, kinesis, ...")
    arguments = parser.parse_args()
    import botocore

    if botocore.__version__ != BOTOCORE:
        sys.exit(f"import_model: botocore {BOTOCORE} is wanted, {botocore.__version__} is installed")
    data = pathlib.Path(botocore.__file__).parent / "data"
    MODEL.mkdir(exist_ok=True)
    standing = [f.stem for f in MODEL.glob("*.json") if "." not in f.stem]
    for service in arguments.services or standing:
        (MODEL / f"{service}.json").write_text(render(facts(read_source(data, service))))
        print(f"model/{service}.json")


if __name__ == "__main__":
    main()
