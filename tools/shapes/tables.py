"""Tables of a service's shapes, for the protocols that are turned into JSON and made from it (wire/shape_facts.h)."""
from .names import text

KINDS = {"structure": "kStructure", "list": "kList", "map": "kMap", "blob": "kBlob", "boolean": "kBoolean", "float": "kFloat",
         "double": "kFloat", "bigDecimal": "kFloat", "timestamp": "kTimestamp", "document": "kDocument", "integer": "kInteger",
         "long": "kInteger", "short": "kInteger", "byte": "kInteger", "bigInteger": "kInteger"}


def protocols(model):
    return model.metadata.get("protocols", [model.metadata["protocol"]])


def wanted(model):
    return any(p in protocols(model) for p in ("query", "smithy-rpc-v2-cbor"))


def flattened(facts, shape):
    return shape.kind in ("list", "map") and bool(facts.get("flattened") or shape.facts.get("flattened"))


def member(model, index, json_name, xml_name, facts, shape):
    from .sources import timestamp_format  # not above: it reads headers.py, which reads this
    flat = flattened(facts, shape)
    json_time = timestamp_format(facts, shape)
    xml_time = json_time if facts.get("timestampFormat") or shape.facts.get("timestampFormat") else "wire::TimestampFormat::kIso8601"
    return f"{{{text(json_name)}, {text(xml_name)}, {index[shape.name]}, {str(flat).lower()}, {json_time}, {xml_time}}}"


def rows(model, index, shape):
    f = shape.facts
    if shape.kind == "structure":
        return [member(model, index, m.json_name, m.http_name, m.facts, m.shape) for m in shape.members]
    if shape.kind == "list":
        return [member(model, index, "member", f["member"].get("locationName", "member"), f["member"], shape.element)]
    if shape.kind == "map":
        return [member(model, index, "key", f["key"].get("locationName", "key"), f["key"], shape.key),
                member(model, index, "value", f["value"].get("locationName", "value"), f["value"], shape.element)]
    return []


def source(model):
    """protocols.cc, for a service that speaks more than JSON."""
    used = [s for s in sorted(model.shapes.values(), key=lambda s: s.name) if s.uses]
    index = {s.name: i for i, s in enumerate(used)}
    m = model.metadata
    out, table = [f'// Generated from model/{model.id}.json by tools/generate_shapes.py. Do not edit.', f'#include "shapes/{model.id}/service.h"', "",
                  f"namespace millrace::{model.namespace} {{", "namespace {", ""], []
    for i, shape in enumerate(used):
        members = rows(model, index, shape)
        if members:
            out += [f"constexpr wire::MemberFacts kMembers{i}[] = {{  // {shape.name}"] + [f"    {m}," for m in members] + ["};"]
        table.append(f"    {{wire::ShapeKind::{KINDS.get(shape.kind, 'kString')}{f', kMembers{i}' if members else ''}}},")
    out += ["constexpr wire::ShapeFacts kShapes[] = {"] + table + ["};", "", "constexpr wire::OperationShapes kOperations[] = {"]
    for operation in sorted(model.operations.values(), key=lambda o: o.name):
        sides = [index[s.name] if s else -1 for s in (operation.input, operation.output)]
        wrapper = operation.facts.get("output", {}).get("resultWrapper", "")
        out.append(f"    {{{sides[0]}, {sides[1]}, {text(wrapper)}}},  // {operation.name}")
    codes = [(e.name, e.facts.get("error", {}).get("code", e.name)) for e in model.errors]
    codes = [c for c in codes if c[0] != c[1]] or [("", "")]
    out += ["};", "", "constexpr std::pair<std::string_view, std::string_view> kCodes[] = {"]
    out += [f"    {{{text(a)}, {text(b)}}}," for a, b in codes] + ["};", "", "}  // namespace", ""]
    flags = ["query" in protocols(model), "smithy-rpc-v2-cbor" in protocols(model), "awsQueryCompatible" in m]
    namespace = m.get("xmlNamespace", "")
    namespace = namespace.get("uri", "") if isinstance(namespace, dict) else namespace
    out.append(f"const wire::ProtocolFacts kProtocols{{{', '.join(str(b).lower() for b in flags)}, {text(m['apiVersion'])}, {text(namespace)}, "
               "kShapes, kOperations, kCodes};")
    return out + ["", f"}}  // namespace millrace::{model.namespace}", ""]
