"""Structs: one header per operation, one per structure that several operations share, enums, errors, the service's facts."""
from . import tables
from .names import constant, pascal, snake, text

BANNER = "// Generated from model/{id}.json by tools/generate_shapes.py. Do not edit.\n"
STANDARD = ["cstdint", "map", "optional", "string", "string_view", "vector"]


def banner(model):
    return BANNER.format(id=model.id)


def struct(model, shape, out):
    """The definition of one structure."""
    out.append(f"struct {shape.cpp_name} {{")
    for member in shape.members:
        default = "{}" if member.required and member.shape.kind not in ("structure", "list", "map", "string", "blob", "document") else ""
        out.append(f"  {member.cpp()} {member.field}{default};")
    if input_root_with_values(model, shape):
        out.append("  std::vector<wire::ValueError> value_errors;")
    if shape.inputs and shape.facts.get("required"):
        out.append("  std::uint64_t absent = 0;")
    out.append("};")


def input_root_with_values(model, shape):
    return shape.has_native and any(o.input is shape for o in model.operations.values())


def codec_declarations(model, shape, out):
    name = shape.cpp_name
    if shape.inputs:
        out.append(f"bool decode(const wire::Json& json, wire::Place place, {name}& x, wire::DecodeErrors& errors);")
        if model.checked(shape):
            out.append(f"void check(const {name}& x, const wire::Path* at, wire::Violations& violations);")
        if model.rendered(shape):
            out.append(f"std::string java(const {name}& x);")
    if shape.outputs:
        out.append(f"void encode(const {name}& x, std::string& out);")


def needs(model, shapes):
    """Headers a list of structures includes, by what their members are made of."""
    found = set()

    def visit(shape, raw):
        if shape.native:
            found.add("wire/json_writer.h" if raw else "engines/table/value.h")
        elif shape.kind == "structure":
            if shape not in shapes:
                found.add(f"shapes/{model.id}/{model.header(shape)}")
        elif shape.kind == "timestamp":
            found.add("base/clock.h")
        elif shape.kind == "document":
            found.add("wire/json_writer.h")
        elif shape.kind == "list":
            visit(shape.element, raw)
        elif shape.kind == "map":
            visit(shape.element, raw)

    for shape in shapes:
        for member in shape.members:
            if member.boxed:
                found.add("wire/box.h")
            visit(member.shape, shape.raw)
        if shape.inputs:
            found.update(("wire/decode.h", "wire/json_value.h"))
    return found


def includes(own):
    lines = [f"#include <{h}>" for h in STANDARD] + [""] + [f'#include "{h}"' for h in sorted(own)]
    return lines + [""]


def types_header(model, group):
    """A structure that several operations share (with those it contains in a circle)."""
    out = [banner(model) + "#pragma once", ""] + includes(needs(model, group))
    if any(model.checked(s) for s in group if s.inputs):
        out += ["namespace millrace::wire {", "struct Path;", "class Violations;", "}", ""]
    out += [f"namespace millrace::{model.namespace} {{", ""]
    if len(group) > 1:
        out += [f"struct {s.cpp_name};" for s in group] + [""]
    for shape in group:
        struct(model, shape, out)
        out.append("")
    for shape in group:
        codec_declarations(model, shape, out)
    return out + ["", f"}}  // namespace millrace::{model.namespace}", ""]


def operation_header(model, operation):
    own = model.own_structures(operation)
    own_names = {s.cpp_name for s in own}
    found = needs(model, own)
    aliases = []
    for side, suffix in (("input", "Input"), ("output", "Output")):
        shape, name = getattr(operation, side), operation.name + suffix
        if shape is None:
            aliases.append(f"struct {name} {{}};")
        elif shape.cpp_name != name:
            aliases.append(f"using {name} = {shape.cpp_name};")
            if shape.cpp_name not in own_names:
                found.add(f"shapes/{model.id}/{model.header(shape)}")
    found.add("wire/error.h")
    out = [banner(model) + "#pragma once", ""] + includes(found)
    out += ["namespace millrace::wire {", "struct Incoming;", "struct Outgoing;"]
    out += ["struct Path;", "class Violations;", "}", "", f"namespace millrace::{model.namespace} {{", ""]
    for shape in own:
        struct(model, shape, out)
        out.append("")
    out += aliases
    for shape in own:
        codec_declarations(model, shape, out)
    out += ["", "namespace op {", f"struct {operation.name} {{",
            f"  using Input = {operation.name}Input;", f"  using Output = {operation.name}Output;",
            f"  static constexpr std::string_view kName = {text(operation.name)};",
            "  // Decodes and checks; an error is AWS's.",
            "  static std::optional<wire::ServiceError> read(const wire::Incoming& incoming, Input& input);",
            "  static void write(const Output& output, wire::Outgoing& outgoing);",
            "};", "}  // namespace op", "", f"}}  // namespace millrace::{model.namespace}", ""]
    return out


def enums_header(model):
    out = [banner(model) + "#pragma once", "", "#include <string_view>", "", f"namespace millrace::{model.namespace} {{", ""]
    for shape in sorted(model.shapes.values(), key=lambda s: s.name):
        if "enum" not in shape.facts:
            continue
        out.append(f"namespace {snake(shape.name)} {{")
        taken = set()
        for value in shape.facts["enum"]:
            name = constant(value)
            while name in taken:
                name += "_"
            taken.add(name)
            out.append(f"inline constexpr std::string_view {name} = {text(value)};")
        out.append(f"}}  // namespace {snake(shape.name)}")
    return out + ["", f"}}  // namespace millrace::{model.namespace}", ""]


def error_parts(model, error):
    """(message key, status, code, further members)"""
    facts = error.facts.get("error", {})
    status = facts.get("httpStatusCode", 500 if error.facts.get("fault") else 400)
    key, more = "message", []
    for member in error.members:
        if member.name.lower() == "message":
            key = member.json_name
        elif member.name != "Type":
            more.append(member)
    # Where Query is not the only protocol, errors go by their shape's name; their codes are in protocols.cc.
    code = error.name if "awsQueryCompatible" in model.metadata else facts.get("code", error.name)
    return key, status, code, more


def errors_header(model):
    own = {"wire/error.h"}
    for error in model.errors:
        _, _, _, more = error_parts(model, error)
        if more:
            own |= needs(model, [error])
    out = [banner(model) + "#pragma once", ""] + includes(own) + [f"namespace millrace::{model.namespace} {{", ""]
    for error in model.errors:
        _, status, _, more = error_parts(model, error)
        out.append(f"wire::ServiceError {snake(error.name)}(std::string message);  // {status}")
        if more:
            out.append(f"struct {pascal(error.name)} {{")
            out.append("  std::string message;")
            out += [f"  {m.cpp() if not m.required else 'std::optional<' + model.cpp(m.shape, error.raw) + '>'} {m.field};" for m in more]
            out += ["};", f"wire::ServiceError to_error(const {pascal(error.name)}& error);"]
    return out + ["", f"}}  // namespace millrace::{model.namespace}", ""]


def service_header(model):
    more, header = [], []
    if tables.wanted(model):
        header = ['#include "wire/shape_facts.h"']
        more = ["// What it speaks besides JSON.", "extern const wire::ProtocolFacts kProtocols;"]
    return [banner(model) + "#pragma once", "", '#include "wire/operation.h"'] + header + ["", f"namespace millrace::{model.namespace} {{", "",
            "// The API as the model tells it, with every operation, implemented or not.",
            "extern const wire::ServiceFacts kService;"] + more + ["", f"}}  // namespace millrace::{model.namespace}", ""]


def service_source(model):
    m = model.metadata
    # A service that speaks no JSON to the world has it inside all the same: it is what in-process calls are made of.
    json = "kJson11" if m.get("jsonVersion") == "1.1" else "kJson10"
    protocol = "kRestJson" if "rest-json" in tables.protocols(model) else json
    out = [banner(model) + f'#include "shapes/{model.id}/service.h"', "", f"namespace millrace::{model.namespace} {{", "namespace {",
           "", "constexpr wire::OperationFacts kOperations[] = {"]
    for operation in sorted(model.operations.values(), key=lambda o: o.name):
        f = operation.facts
        flags = [model.blob_payload(operation.input), model.has_event_stream(operation.output)]
        out.append(f"    {{{text(operation.name)}, {text(f['method'])}, {text(f['uri'])}, {', '.join(str(b).lower() for b in flags)}}},")
    signing = m.get("signingName", m.get("endpointPrefix", model.id))
    out += ["};", "", "}  // namespace", "",
            f"const wire::ServiceFacts kService{{{text(model.id)}, {text(signing)}, wire::Protocol::{protocol}, "
            f"{text(m.get('targetPrefix', ''))}, {text(model.quirks.get('error_space', ''))}, kOperations}};", "",
            f"}}  // namespace millrace::{model.namespace}", ""]
    return out
