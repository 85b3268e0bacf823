"""Codecs: decoders, checks and encoders of structures."""
from . import checks, rest
from .headers import banner, error_parts
from .names import pascal, snake, text

FORMATS = {"unixTimestamp": "kEpochSeconds", "iso8601": "kIso8601", "rfc822": "kHttpDate"}


def timestamp_format(member_facts, shape, location=""):
    wanted = member_facts.get("timestampFormat") or shape.facts.get("timestampFormat")
    if wanted is None:
        wanted = {"header": "rfc822", "headers": "rfc822", "querystring": "iso8601", "uri": "iso8601"}.get(location, "unixTimestamp")
    return f"wire::TimestampFormat::{FORMATS[wanted]}"


class Unit:
    """One generated .cc file: its body, and the helpers for lists and maps it turned out to need."""

    def __init__(self, model):
        self.model, self.helpers, self.done, self.body, self.statics = model, [], set(), [], checks.Statics(model)

    def emit(self, headers):
        m = self.model
        out = [banner(m)] + [f'#include "{h}"' for h in headers] + ["", f"namespace millrace::{m.namespace} {{"]
        constants = self.statics.lines()
        if constants or self.helpers:
            out += ["namespace {", ""] + constants + self.helpers + ["", "}  // namespace"]
        return out + self.body + [f"}}  // namespace millrace::{m.namespace}", ""]

    # Decoding.

    def decode_call(self, shape, raw, place, source, target, facts, location=""):
        """An expression that decodes `source` into `target` and is false on an error."""
        kind = shape.kind
        if shape.native:
            return f"decode_attribute({source}, wire::Place::{place}, {target}, errors)"
        if kind == "structure":
            return f"decode({source}, wire::Place::{place}, {target}, errors)"
        if kind == "map" and shape.element.native:
            expected = f"wire::expect_map({source}, wire::Place::{place}, {text(self.model.java_type(shape.element))}, errors)"
            return f"({expected} && decode_attribute_map({source}, {target}, errors))"
        if kind in ("list", "map"):
            return f"{self.decode_helper(shape, raw)}({source}, wire::Place::{place}, {target}, errors)"
        if kind == "blob":
            return f"wire::decode_blob({source}, {target}, errors)"
        if kind == "timestamp":
            return f"wire::decode_timestamp({source}, {timestamp_format(facts, shape)}, {target}, errors)"
        if kind == "document":
            return f"wire::decode_document({source}, {target}, errors)"
        return f"wire::decode({source}, {target}, errors)"

    def decode_helper(self, shape, raw):
        name = f"decode_{snake(shape.name)}"
        if name in self.done:
            return name
        self.done.add(name)
        model, out = self.model, []
        cpp = model.cpp(shape, raw)
        if self.recursive(shape):
            self.helpers.insert(0, f"bool {name}(const wire::Json& json, wire::Place place, {cpp}& out, wire::DecodeErrors& errors);")
        out.append(f"bool {name}(const wire::Json& json, wire::Place place, {cpp}& out, wire::DecodeErrors& errors) {{")
        facts = shape.facts["member" if shape.kind == "list" else "value"]
        if shape.kind == "list":
            out.append("  if (!wire::expect_list(json, place, errors)) return false;")
            out.append("  out.reserve(json.size());")
            out.append("  for (wire::JsonElements e(json); e.next();) {")
            if shape.element.kind == "boolean":
                call = self.decode_call(shape.element, raw, "kElement", "e.value()", "value", facts)
                out += ["    bool value = false;", f"    if (!{call}) return false;", "    out.push_back(value);"]
            else:
                call = self.decode_call(shape.element, raw, "kElement", "e.value()", "out.emplace_back()", facts)
                out.append(f"    if (!{call}) return false;")
        else:
            out.append(f"  if (!wire::expect_map(json, place, {text(model.java_type(shape.element))}, errors)) return false;")
            out.append("  for (wire::JsonFields f(json); f.next();) {")
            out.append("    if (f.value().is_null()) continue;")
            if shape.element.has_native:
                out.append("    const wire::KeyScope scope(errors, f.key());")
            call = self.decode_call(shape.element, raw, "kElement", "f.value()", "out[std::string(f.key())]", facts)
            out.append(f"    if (!{call}) return false;")
        out += ["  }", "  return true;", "}", ""]
        self.helpers += out
        return name

    def recursive(self, shape):
        seen, todo = set(), list(shape.children())
        while todo:
            child = todo.pop()
            if child is shape:
                return True
            if child.name not in seen and child.kind in ("list", "map") and not child.native:
                seen.add(child.name)
                todo += child.children()
        return False

    def decode_struct(self, shape):
        model, b = self.model, self.body
        root = any(o.input is shape for o in model.operations.values())
        by_length = {}
        for member in shape.members:
            by_length.setdefault(len(member.json_name.encode()), []).append(member)
        required = shape.facts.get("required", [])
        b.append(f"bool decode(const wire::Json& json, wire::Place place, {shape.cpp_name}& x, wire::DecodeErrors& errors) {{")
        b.append(f"  if (!wire::expect_struct(json, place, {text(model.java_type(shape))}, errors)) return false;")
        if required:
            b.append(f"  std::uint64_t absent = {(1 << len(required)) - 1:#x}u;")
        if shape.members:
            b.append("  for (wire::JsonFields f(json); f.next();) {")
            b.append("    if (f.value().is_null()) continue;")
            b.append("    const std::string_view key = f.key();")
            b.append("    switch (key.size()) {")
            for length, members in sorted(by_length.items()):
                b.append(f"      case {length}:")
                for member in members:
                    self.decode_member(member, required, root)
                b.append("        break;")
            b += ["      default:", "        break;", "    }", "  }"]
        if required:
            b.append("  x.absent = absent;")
        else:
            b.append("  static_cast<void>(x);")
        b += ["  return true;", "}", ""]

    def decode_member(self, member, required, root):
        b = self.body
        target = f"x.{member.field}.emplace()" if member.optional else f"x.{member.field}"
        call = self.decode_call(member.shape, member.owner.raw, "kField", "f.value()", target, member.facts)
        b.append(f"        if (key == {text(member.json_name)}) {{")
        if root and member.shape.has_native:
            b.append(f"          errors.member = {text(member.name)};")
            b.append("          errors.key = {};")
        b.append(f"          if (!{call}) return false;")
        if member.required:
            b.append(f"          absent &= ~std::uint64_t{{{1 << required.index(member.name):#x}}};")
        b.append("        }")

    # Encoding.

    def encode_lines(self, shape, raw, value, facts, indent, location=""):
        kind, pad = shape.kind, " " * indent
        if raw and shape.has_native and self.model.cpp(shape, raw) in ("wire::RawJson", "wire::RawJsonList"):
            return [f"{pad}wire::write_raw(out, {value});"]
        if shape.native:
            return [f"{pad}encode_attribute({value}, out);"]
        if kind == "map" and shape.element.native:
            return [f"{pad}encode_attribute_map({value}, out);"]
        if kind == "document":
            return [f"{pad}wire::write_raw(out, {value});"]
        if kind == "structure":
            return [f"{pad}encode({value}, out);"]
        if kind in ("list", "map"):
            return [f"{pad}{self.encode_helper(shape, raw)}({value}, out);"]
        if kind == "blob":
            return [f"{pad}wire::append_json_blob(out, {value});"]
        if kind == "timestamp":
            return [f"{pad}wire::write_timestamp(out, {value}, {timestamp_format(facts, shape)});"]
        return [f"{pad}wire::write(out, {value});"]

    def encode_helper(self, shape, raw):
        name = f"encode_{snake(shape.name)}" + ("_raw" if raw and shape.has_native else "")
        if name in self.done:
            return name
        self.done.add(name)
        cpp = self.model.cpp(shape, raw)
        if self.recursive(shape):
            self.helpers.insert(0, f"void {name}(const {cpp}& x, std::string& out);")
        out = [f"void {name}(const {cpp}& x, std::string& out) {{", "  const std::size_t start = out.size();"]
        if shape.kind == "list":
            value = "static_cast<bool>(value)" if shape.element.kind == "boolean" else "value"
            out += [f"  for (const auto{'' if shape.element.kind == 'boolean' else '&'} value : x) {{", "    out += ',';"]
            out += self.encode_lines(shape.element, raw, value, shape.facts["member"], 4)
            out += ["  }", "  wire::close_array(out, start);", "}", ""]
        else:
            out += ["  for (const auto& [key, value] : x) {", "    out += ',';", "    wire::append_json_string(out, key);", "    out += ':';"]
            out += self.encode_lines(shape.element, raw, "value", shape.facts["value"], 4)
            out += ["  }", "  wire::close_object(out, start);", "}", ""]
        self.helpers += out
        return name

    def encode_members(self, members, raw, base="x"):
        out = []
        for member in members:
            lines = [f"out += {text(',' + chr(34) + member.json_name + chr(34) + ':')};"]
            value = f"*{base}.{member.field}" if member.optional else f"{base}.{member.field}"
            lines += [s.strip() for s in self.encode_lines(member.shape, raw, value, member.facts, 0)]
            if member.optional:
                out += [f"  if ({base}.{member.field}) {{"] + [f"    {s}" for s in lines] + ["  }"]
            else:
                out += [f"  {s}" for s in lines]
        return out

    def encode_struct(self, shape):
        b = self.body
        b.append(f"void encode(const {shape.cpp_name}& x, std::string& out) {{")
        members = [m for m in shape.members if not m.facts.get("streaming") and not m.shape.facts.get("eventstream")]
        if not members:
            b.append("  static_cast<void>(x);")
        b.append("  const std::size_t start = out.size();")
        b += self.encode_members(members, shape.raw)
        b += ["  wire::close_object(out, start);", "}", ""]

    def structure(self, shape):
        if shape.inputs:
            self.decode_struct(shape)
            checks.struct(self, shape)
        if shape.outputs and not shape.facts.get("eventstream"):
            self.encode_struct(shape)
        elif shape.outputs:
            self.body += [f"void encode(const {shape.cpp_name}&, std::string& out) {{ out += \"{{}}\"; }}", ""]

    def operation(self, operation):
        rest.read(self, operation)
        rest.write(self, operation)


def types_source(model, shapes):
    unit = Unit(model)
    for shape in shapes:
        unit.structure(shape)
    headers = {f"shapes/{model.id}/{model.header(s)}" for s in shapes} | model.codec_headers(shapes)
    return unit.emit(sorted(headers | {"wire/shape_codec.h"}))


def operation_source(model, operation):
    unit = Unit(model)
    own = model.own_structures(operation)
    for shape in own:
        unit.structure(shape)
    unit.operation(operation)
    headers = {f"shapes/{model.id}/{operation.file}.h", "wire/shape_codec.h"} | model.codec_headers(own)
    return unit.emit(sorted(headers))


def one_source(model, operations):
    """Everything in one file: slower to build after a change, faster from nothing. For tools that build a model once."""
    unit = Unit(model)
    own = [s for o in operations for s in model.own_structures(o)]
    shared = [s for group in model.shared_groups() for s in group]
    for shape in shared + own:
        unit.structure(shape)
    for operation in operations:
        unit.operation(operation)
    headers = {f"shapes/{model.id}/{model.header(s)}" for s in shared} | {f"shapes/{model.id}/{o.file}.h" for o in operations}
    return unit.emit(sorted(headers | {"wire/shape_codec.h"} | model.codec_headers(shared + own)))


def errors_source(model):
    unit = Unit(model)
    b = unit.body
    for error in model.errors:
        key, status, code, more = error_parts(model, error)
        fault = "kServer" if error.facts.get("fault") or status >= 500 else "kClient"
        b += [f"wire::ServiceError {snake(error.name)}(std::string message) {{", "  wire::ServiceError out;",
              f"  out.code = {text(code)};", "  out.message = std::move(message);", f"  out.status = {status};",
              f"  out.fault = wire::Fault::{fault};", f"  out.message_key = {text(key)};"]
        if any(m.name == "Type" for m in error.members):
            kind = "Service" if status >= 500 else "User"
            b.append(f"  out.members = {text(chr(34) + 'Type' + chr(34) + ':' + chr(34) + kind + chr(34))};")
        b += ["  return out;", "}", ""]
        if more:
            b += [f"wire::ServiceError to_error(const {pascal(error.name)}& error) {{",
                  f"  wire::ServiceError result = {snake(error.name)}(error.message);", "  std::string out;"]
            for member in more:
                if member.location in ("header", "statusCode"):
                    if member.http_name.lower() == "retry-after":
                        b.append(f"  if (error.{member.field}) result.retry_after = wire::to_text(*error.{member.field});")
                    continue
                lines = unit.encode_lines(member.shape, error.raw, f"*error.{member.field}", member.facts, 4)
                b += [f"  if (error.{member.field}) {{", f"    out += {text(',' + chr(34) + member.json_name + chr(34) + ':')};"] + lines + ["  }"]
            b += ["  wire::add_members(result, out);", "  return result;", "}", ""]
    return unit.emit([f"shapes/{model.id}/errors.h", "wire/shape_codec.h"])
