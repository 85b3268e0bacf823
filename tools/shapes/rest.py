"""Operations: from a request to an input, from an output to an answer, with REST-JSON's bindings."""
from .names import snake, text


def body_members(shape):
    return [m for m in shape.members if not m.location and m.name != shape.facts.get("payload")]


def payload(shape):
    name = shape.facts.get("payload")
    return next((m for m in shape.members if m.name == name), None) if name else None


def read(unit, operation):
    model, b, shape = unit.model, unit.body, operation.input
    name = f"op::{operation.name}"
    if shape is None:
        b += [f"std::optional<wire::ServiceError> {name}::read(const wire::Incoming&, Input&) {{ return std::nullopt; }}", ""]
        return
    b.append(f"std::optional<wire::ServiceError> {name}::read(const wire::Incoming& incoming, Input& x) {{")
    b.append("  wire::DecodeErrors errors;")
    failed = "return wire::serialization_error(errors.message());"
    if model.rest:
        read_rest(unit, shape, failed)
    else:
        b.append(f"  if (!decode(incoming.body, wire::Place::kField, x, errors)) {failed}")
    if shape.has_native:
        b.append("  x.value_errors = std::move(errors.value_errors());")
    required = shape.facts.get("required", [])
    for member in model.quirks.get("required_first", {}).get(operation.name, []):
        b.append(f"  if ((x.absent & {1 << required.index(member):#x}u) != 0) {{")
        message = f"The parameter '{member}' is required but was not present in the request"
        b += [f"    return wire::validation_error({text(message)});", "  }"]
    if not model.checked(shape):
        b += ["  return std::nullopt;", "}", ""]
        return
    b.append("  wire::Violations violations;")
    for member in shape.members:
        if member.shape.name in model.quirks.get("name_or_arn", []):
            java = text(member.name[0].lower() + member.name[1:])
            there = f"(x.absent & {1 << required.index(member.name):#x}u) == 0" if member.required else f"x.{member.field}"
            b += [f"  if ({there}) {{", f"    wire::check_name_or_arn({member.value()}, wire::Path{{nullptr, {java}}}, violations);",
                  "    if (violations.any()) return violations.error();", "  }"]
    code = model.quirks.get("violation_code")
    if code is None:
        b += ["  check(x, nullptr, violations);", "  return violations.error();", "}", ""]
        return
    b += ["  check(x, nullptr, violations);", "  std::optional<wire::ServiceError> error = violations.error();", "  if (error) {",
          f"    error->code = {text(code)};", "    error->space = wire::ErrorSpace::kService;", "  }", "  return error;", "}", ""]


def read_rest(unit, shape, failed):
    model, b = unit.model, unit.body
    required = shape.facts.get("required", [])
    if required:
        b.append(f"  x.absent = {(1 << len(required)) - 1:#x}u;")
    b.append("  if (incoming.head == nullptr) {")
    b.append(f"    if (!decode(incoming.body, wire::Place::kField, x, errors)) {failed}")
    b.append("  } else {")
    carried = payload(shape)
    if carried is not None:
        read_payload(unit, carried, required, failed)
    elif body_members(shape):
        b.append("    if (incoming.body.kind() != wire::JsonKind::kAbsent) {")
        b.append(f"      if (!decode(incoming.body, wire::Place::kField, x, errors)) {failed}")
        b.append("    }")
    for member in shape.members:
        if member.location:
            bind(unit, member, required, failed)
    b.append("  }")


def present(member, required):
    return [f"x.absent &= ~std::uint64_t{{{1 << required.index(member.name):#x}}};"] if member.required else []


def read_payload(unit, member, required, failed):
    b = unit.body
    kind = member.shape.kind
    target = f"x.{member.field}.emplace()" if member.optional else f"x.{member.field}"
    if kind in ("blob", "string"):
        b.append("    if (!incoming.raw_body.empty()) {")
        b.append(f"      {target} = std::string(incoming.raw_body);" if not member.optional else f"      x.{member.field} = std::string(incoming.raw_body);")
    else:
        b.append("    if (incoming.body.kind() != wire::JsonKind::kAbsent) {")
        call = unit.decode_call(member.shape, member.owner.raw, "kField", "incoming.body", target, member.facts)
        b.append(f"      if (!{call}) {failed}")
    b += [f"      {line}" for line in present(member, required)] + ["    }"]


def parse_call(member, shape, source, target):
    from .sources import timestamp_format
    if shape.kind == "timestamp":
        return f"wire::parse_timestamp({source}, {timestamp_format(member.facts, shape, member.location)}, {target}, errors)"
    if member.facts.get("jsonvalue"):
        return f"wire::parse_json_header({source}, {target}, errors)"
    return f"wire::parse({source}, {target}, errors)"


def bind(unit, member, required, failed):
    model, b, shape, name = unit.model, unit.body, member.shape, text(member.http_name)
    field = f"x.{member.field}"
    target = f"{field}.emplace()" if member.optional else field
    there = [f"      {line}" for line in present(member, required)]
    if shape.kind == "map" and member.location == "headers":
        b += ["    {", "      std::map<std::string, std::string, std::less<>> found;", f"      wire::prefix_headers(incoming, {name}, found);"]
        b += [f"      if (!found.empty()) {field} = std::move(found);", "    }"]
        return
    if shape.kind == "map":
        b += ["    {", "      std::map<std::string, std::vector<std::string>, std::less<>> found;",
              "      wire::query_map(incoming, found);"]
        if shape.element.kind == "list":
            b.append(f"      if (!found.empty()) {field} = std::move(found);")
        else:
            b += ["      if (!found.empty()) {", f"        auto& out = {target};", "        for (auto& [key, values] : found) out[key] = values.front();", "      }"]
        b.append("    }")
        return
    if shape.kind == "list":
        element = shape.element
        if member.location == "querystring":
            values = f"wire::query_all(incoming, {name})"
        else:
            from .sources import timestamp_format
            dates = element.kind == "timestamp" and "kHttpDate" in timestamp_format(shape.facts["member"], element, "header")
            values = f"wire::split_header_{'dates' if dates else 'list'}(wire::header(incoming, {name}).value_or(\"\"))"
        b += [f"    if (const auto values = {values}; !values.empty()) {{", f"      auto& out = {target};", "      out.clear();",
              "      for (const std::string& value : values) {", f"        {model.cpp(element, member.owner.raw)} parsed{{}};"]
        inner = parse_call(member, element, "value", "parsed")
        b += [f"        if (!{inner}) {failed}", "        out.push_back(std::move(parsed));", "      }"] + there + ["    }"]
        return
    source = {"uri": "label", "querystring": "query", "header": "header"}.get(member.location)
    if source is None:
        return
    b += [f"    if (const auto value = wire::{source}(incoming, {name})) {{", f"      if (!{parse_call(member, shape, '*value', target)}) {failed}"]
    b += there + ["    }"]


def write(unit, operation):
    model, b, shape = unit.model, unit.body, operation.output
    b.append(f"void op::{operation.name}::write([[maybe_unused]] const Output& x, wire::Outgoing& outgoing) {{")
    if operation.status != 200:
        b.append(f"  outgoing.status = {operation.status};")
    if shape is None:
        b += ["  if (outgoing.in_process) outgoing.body = \"{}\";", "}", ""]
        return
    if not model.rest:
        b += ["  encode(x, outgoing.body);", "}", ""]
        return
    b += ["  if (outgoing.in_process) {", "    encode(x, outgoing.body);", "    return;", "  }"]
    for member in shape.members:
        if member.location in ("header", "headers", "statusCode"):
            write_header(unit, member)
    carried, rest_of = payload(shape), body_members(shape)
    if carried is not None:
        write_payload(unit, carried)
    elif rest_of or operation.status != 204:
        if len(rest_of) == len(shape.members):
            b.append("  encode(x, outgoing.body);")
        else:
            b += ["  std::string& out = outgoing.body;", "  const std::size_t start = out.size();"]
            b += unit.encode_members(rest_of, shape.raw)
            b.append("  wire::close_object(out, start);")
    b += ["}", ""]


def write_payload(unit, member):
    b = unit.body
    if member.shape.facts.get("eventstream"):
        return  # only a streaming handler answers this operation
    value = member.value()
    lines = [f"outgoing.body = {value};", "outgoing.raw_body = true;"]
    if member.shape.kind not in ("blob", "string"):
        lines = ["std::string& out = outgoing.body;"] + [s.strip() for s in unit.encode_lines(member.shape, member.owner.raw, value, member.facts, 0)]
    if member.optional:
        b += [f"  if (x.{member.field}) {{"] + [f"    {s}" for s in lines] + ["  }"]
    else:
        b += ["  {"] + [f"    {s}" for s in lines] + ["  }"]


def text_of(member, shape, expression):
    from .sources import timestamp_format
    if shape.kind == "timestamp":
        return f"wire::timestamp_text({expression}, {timestamp_format(member.facts, shape, 'header')})"
    if member.facts.get("jsonvalue"):
        return f"wire::json_header({expression})"
    return f"wire::to_text({expression})"


def write_header(unit, member):
    b, shape = unit.body, member.shape
    value = member.value()
    if member.location == "statusCode":
        lines = [f"outgoing.status = static_cast<int>({value});"]
    elif shape.kind == "map":
        lines = [f"for (const auto& [key, value] : {value}) outgoing.headers.emplace_back({text(member.facts.get('locationName', ''))} + key, value);"]
    elif shape.kind == "list":
        inner = text_of(member, shape.element, "value")
        if shape.element.kind in ("string",):
            inner = f"wire::quote_header_element({inner})"
        typed = "const auto value" if shape.element.kind == "boolean" else "const auto& value"
        lines = ["std::string joined;", f"for ({typed} : {value}) {{", "  if (!joined.empty()) joined += \", \";", f"  joined += {inner};", "}",
                 f"if (!joined.empty()) outgoing.headers.emplace_back({text(member.http_name)}, std::move(joined));"]
    else:
        lines = [f"outgoing.headers.emplace_back({text(member.http_name)}, {text_of(member, shape, value)});"]
    if member.optional:
        b += [f"  if (x.{member.field}) {{"] + [f"    {s}" for s in lines] + ["  }"]
    else:
        b += ["  {"] + [f"    {s}" for s in lines] + ["  }"]
