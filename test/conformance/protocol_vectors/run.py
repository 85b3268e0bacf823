#!/usr/bin/env python3
"""Runs published protocol test vectors (botocore's form of the Smithy protocol tests) against the shape generator.

    test/conformance/protocol_vectors/run.py <botocore>/tests/unit/protocols [--build build/dev]

The vectors are written for clients. Millrace is the server, so it goes the other way: an input case's request is decoded and must
give the case's parameters; an output case's result is encoded and must give the case's response. What only a client can be asked
stands in not_for_servers.json with the reason. Exits 1 when a case fails.
"""
import argparse
import base64
import collections
import json
import math
import pathlib
import struct
import subprocess
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROTOCOLS = {"json": "json", "json_1_0": "json", "rest-json": "rest-json", "query": "query", "smithy-rpc-v2-cbor": "smithy-rpc-v2-cbor"}


class Case:
    def __init__(self, suite, side, case, operation, shape):
        self.id, self.suite, self.side, self.case, self.operation, self.shape = case["id"], suite, side, case, operation, shape


def prefixed(shapes, prefix):
    """A suite's shapes under names of their own, so that all suites fit into one model."""
    def member(m):
        return m | {"shape": prefix + m["shape"]}

    out = {}
    for name, shape in shapes.items():
        copy = {k: v for k, v in shape.items() if k not in ("documentation", "exception", "error", "required", "min", "max", "pattern", "enum")}
        copy["members"] = {n: member(m) for n, m in shape.get("members", {}).items()}
        if shape["type"] != "structure":
            del copy["members"]
        for part in ("member", "key", "value"):
            if part in shape:
                copy[part] = member(shape[part])
        out[prefix + name] = copy
    return out


def build_model(folder, protocol, name):
    """One model of all suites of a protocol, and its cases. Every operation takes and gives the shape under test."""
    model = {"metadata": {"protocol": PROTOCOLS[protocol], "endpointPrefix": name, "apiVersion": "1",
                          "jsonVersion": "1.0" if protocol == "json_1_0" else "1.1"}, "operations": {}, "shapes": {}}
    cases, passed_over = [], collections.Counter()
    for side in ("input", "output"):
        for number, suite in enumerate(json.loads((folder / side / f"{protocol}.json").read_text())):
            prefix = f"{side[0].upper()}{number}"
            model["shapes"] |= prefixed(suite["shapes"], prefix)
            known = {}
            for case in suite["cases"]:
                given = case["given"]
                if "error" in case or "errorCode" in case:
                    passed_over["error answers (wire/dispatch_test.cc has them)"] += 1
                    continue
                if side not in given:
                    passed_over["operations without that side"] += 1
                    continue
                key = json.dumps([given["http"], given[side]])
                if key not in known:
                    known[key] = f"{prefix}Case{len(known)}"
                    shape = {"shape": prefix + given[side]["shape"]}
                    wrapper = {"resultWrapper": given["name"] + "Result"} if protocol == "query" else {}
                    facts = {"method": given["http"]["method"], "uri": given["http"]["requestUri"], "input": shape, "output": shape | wrapper, "errors": []}
                    if given["http"].get("responseCode", 200) != 200:
                        facts["status"] = given["http"]["responseCode"]
                    model["operations"][known[key]] = facts
                cases.append(Case(suite, side, case, known[key], prefix + given[side]["shape"]))
    return model, cases, passed_over


def to_json(model, name, value, location=False):
    """Vector parameters as in-process JSON: blobs in base64, body members by their JSON names, nulls left out."""
    shape = model["shapes"][name]
    if shape.get("document"):
        return value
    kind = shape["type"]
    if kind == "structure":
        out = {}
        for key, v in value.items():
            m = shape["members"].get(key)
            if m is not None and v is not None:
                out[key if "location" in m else m.get("locationName", key)] = to_json(model, m["shape"], v)
        return out
    if kind == "list":
        return [to_json(model, shape["member"]["shape"], v) for v in value]
    if kind == "map":
        return {k: to_json(model, shape["value"]["shape"], v) for k, v in value.items() if v is not None}
    if kind == "blob":
        return base64.b64encode(value.encode()).decode()
    return value


def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool) and not isinstance(b, bool):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)
    return a == b


def tree_of(xml_text, of_maps):
    """What stands in the result of a Query answer: names without namespaces; different names, and a map's entries, in any order."""
    def plain(element):
        children = sorted((plain(e) for e in element), key=(lambda c: (c[0], str(c))) if of_maps else (lambda c: c[0]))
        return (element.tag.split("}")[-1], "" if children or not (element.text or "").strip() else element.text, children)

    root = xml.etree.ElementTree.fromstring(xml_text)
    inner = [e for e in root if e.tag.endswith("Result")]
    return plain(inner[0])[2] if inner else []


def cbor_of(data):
    """A CBOR item as Python's own values (RFC 8949); written apart from what is tested."""
    def item(at):
        first = data[at]
        major, info, at = first >> 5, first & 31, at + 1
        if major == 7 and info in (25, 26, 27):
            size = 1 << (info - 24)
            value = struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], data[at:at + size])[0]
            return ("NaN" if math.isnan(value) else value), at + size
        argument = info
        if 24 <= info <= 27:
            size = 1 << (info - 24)
            argument, at = int.from_bytes(data[at:at + size], "big"), at + size
        if major in (0, 1):
            return (argument if major == 0 else -1 - argument), at
        if major in (2, 3):
            parts = b""
            while info == 31 and data[at] != 255:
                part, at = item(at)
                parts += part.encode() if isinstance(part, str) else part
            if info == 31:
                at += 1
            else:
                parts, at = data[at:at + argument], at + argument
            return (parts.decode() if major == 3 else parts), at
        if major in (4, 5):
            found = []
            while (data[at] != 255) if info == 31 else (len(found) < argument * (major - 3)):
                value, at = item(at)
                found.append(value)
            at += info == 31
            return (found if major == 4 else dict(zip(found[::2], found[1::2]))), at
        if major == 6:
            return item(at)
        return {20: False, 21: True}.get(info), at

    return item(0)[0] if data else {}


def by_member_name(model, name, value):
    """A decoded timestamp in another format than epoch seconds comes back in that format; compare as numbers."""
    import datetime
    import email.utils
    shape = model["shapes"][name]
    if shape.get("document"):
        return value
    if shape["type"] == "structure" and isinstance(value, dict):
        wire_names = {(n if "location" in m else m.get("locationName", n)): m for n, m in shape["members"].items()}
        return {k: by_member_name(model, wire_names[k]["shape"], v) if k in wire_names else v for k, v in value.items()}
    if shape["type"] == "list" and isinstance(value, list):
        return [by_member_name(model, shape["member"]["shape"], v) for v in value]
    if shape["type"] == "map" and isinstance(value, dict):
        return {k: by_member_name(model, shape["value"]["shape"], v) for k, v in value.items()}
    if shape["type"] == "timestamp" and isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except ValueError:
            return email.utils.parsedate_to_datetime(value).timestamp()
    return value


def driver_source(model, name):
    tables = "1" if model["metadata"]["protocol"] in ("query", "smithy-rpc-v2-cbor") else "0"
    rows = "\n".join(f'    {{"{o}", row<op::{o}>()}},' for o in model["operations"])
    headers = "\n".join(f'#include "shapes/{name}/{file_of(o)}.h"' for o in model["operations"])
    return (HERE / "driver.cc.in").read_text().replace("@HEADERS@", headers).replace("@ROWS@", rows).replace("@NAME@", name).replace("@TABLES@", tables)


def file_of(operation):
    sys.path.insert(0, str(ROOT / "tools"))
    from shapes.names import snake
    return snake(operation)


def compile_driver(model, name, work, build):
    (work / f"{name}.json").write_text(json.dumps(model))
    subprocess.run([sys.executable, ROOT / "tools/generate_shapes.py", "--model", work / f"{name}.json", "--all", "--one-file", "--out", work / "shapes"],
                   check=True)
    (work / f"{name}.cc").write_text(driver_source(model, name))
    program = work / name
    sources = [work / f"{name}.cc", work / "shapes" / name / "codecs.cc", work / "shapes" / name / "service.cc"]
    sources += [p for p in [work / "shapes" / name / "protocols.cc"] if p.exists()]
    libraries = [build / "src" / f"libmillrace_{room}.a" for room in ("wire", "net", "base")]
    subprocess.run(["g++", "-std=c++20", "-fcoroutines", "-O0", "-DBOOST_ASIO_NO_DEPRECATED", f"-I{ROOT / 'src'}", f"-I{work}", *sources, *libraries,
                    "-lsimdjson", "-lfmt", "-lcrypto", "-lz", "-ldeflate", "-lpthread", "-o", program], check=True)
    return program


def request_of(model, case):
    if case.side == "output":
        return {"op": case.operation, "mode": "encode", "body": json.dumps(to_json(model, case.shape, case.case["result"]))}
    wire = case.case["serialized"]
    return {"op": case.operation, "mode": "decode", "method": wire.get("method", "POST"), "target": wire.get("uri", "/"),
            "headers": [[k, v] for k, v in wire.get("headers", {}).items()], "body": wire.get("body", "")}


def judge(model, case, answer):
    """None when the case passes, else what is wrong."""
    if "error" in answer:
        return answer["error"]
    if case.side == "input":
        got = by_member_name(model, case.shape, json.loads(answer["json"]))
        want = to_json(model, case.shape, case.case.get("params", {}))
        return None if same(got, want) else f"decoded {json.dumps(got)}, wanted {json.dumps(want)}"
    want, body = case.case["response"], base64.b64decode(answer["body"])
    protocol = model["metadata"]["protocol"]
    if protocol == "query":
        of_maps = "Map" in case.id
        got, wanted = tree_of(body.decode(), of_maps), tree_of(want["body"], of_maps) if want.get("body") else []
        return None if got == wanted else f"body {body.decode()}, wanted {want['body']}"
    if protocol == "smithy-rpc-v2-cbor":
        got, wanted = cbor_of(body), cbor_of(base64.b64decode(want.get("body", "")))
        return None if same(got, wanted) else f"body {got}, wanted {wanted}"
    body = body.decode()
    if answer["status"] != want.get("status_code", 200):
        return f"status {answer['status']}, wanted {want['status_code']}"
    got_headers = {k.lower(): v for k, v in answer["headers"]}
    for name, value in want.get("headers", {}).items():
        if name.lower() not in ("content-type", "x-amzn-requestid") and got_headers.get(name.lower()) != value:
            return f"header {name}: {got_headers.get(name.lower())!r}, wanted {value!r}"
    wanted_body = want.get("body", "")
    if answer["raw"] or not wanted_body:
        return None if body in (wanted_body, "{}") else f"body {body!r}, wanted {wanted_body!r}"
    return None if same(json.loads(body or "{}"), json.loads(wanted_body)) else f"body {body}, wanted {wanted_body}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--only", choices=PROTOCOLS)
    arguments = parser.parse_args()
    work = arguments.work or arguments.build / "protocol_vectors"
    work.mkdir(parents=True, exist_ok=True)
    reasons = json.loads((HERE / "not_for_servers.json").read_text())
    failed = 0
    for protocol in [arguments.only] if arguments.only else PROTOCOLS:
        name = "vectors_" + protocol.replace("-", "_")
        model, cases, passed_over = build_model(arguments.vectors, protocol, name)
        program = compile_driver(model, name, work, arguments.build)
        wanted = [c for c in cases if c.id not in reasons]
        for case in cases:
            if case.id in reasons:
                passed_over[reasons[case.id]] += 1
        lines = "\n".join(json.dumps(request_of(model, c)) for c in wanted)
        answers = subprocess.run([program], input=lines + "\n", capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(answers) == len(wanted), f"{len(answers)} answers to {len(wanted)} cases"
        tally = collections.Counter()
        for case, answer in zip(wanted, answers):
            wrong = judge(model, case, json.loads(answer))
            tally[case.side, wrong is None] += 1
            if wrong:
                failed += 1
                print(f"FAIL {protocol} {case.side} {case.id}: {wrong}")
        for side in ("input", "output"):
            print(f"{protocol} {side}: {tally[side, True]} pass, {tally[side, False]} fail")
        for reason, count in sorted(passed_over.items()):
            print(f"  not run, {count}: {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
