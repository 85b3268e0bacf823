"""Constraint checks: what the model demands of an input beyond its types, told in AWS's words (wire/violations.h)."""
from . import patterns
from .names import java_path, snake, text

NUMBERS = ("integer", "long", "short", "byte", "float", "double", "bigInteger", "bigDecimal")
STRINGS = ("string", "character")


def own_constraints(shape):
    facts = shape.facts
    if shape.kind in STRINGS:
        return any(k in facts for k in ("min", "max", "pattern", "enum"))
    return any(k in facts for k in ("min", "max")) and shape.kind in (*NUMBERS, "blob", "list", "map")


class Statics:
    """The constants of one generated file: facts of constrained shapes, patterns, enum values."""

    def __init__(self, model):
        self.model, self.out, self.names = model, [], {}

    def lines(self):
        return self.out + [""] if self.out else []

    def facts(self, shape):
        """The name of the constant that holds a shape's constraints."""
        if shape.name in self.names:
            return self.names[shape.name]
        name = "k" + shape.cpp_name + "Facts"
        self.names[shape.name] = name
        f = shape.facts
        low, high = f.get("min", -1), f.get("max", -1)
        if shape.name in self.model.quirks.get("no_min", []):
            low = -1
        if shape.kind in STRINGS:
            pattern = values = None
            if "pattern" in f:
                pattern = f"{name}Pattern"
                self.out.append(f"constexpr wire::Pattern {pattern} = {patterns.cpp(f['pattern'])};")
            if "enum" in f:
                values = f"{name}Values"
                order = self.model.quirks.get("enum_order", {}).get(shape.name, f["enum"])
                assert sorted(order) == sorted(f["enum"]), f"enum_order of {shape.name} does not fit the model"
                self.out.append(f"constexpr std::string_view {values}[] = {{{', '.join(text(v) for v in order)}}};")
            parts = [f"{low}, {high}", f"&{pattern}" if pattern else "nullptr", values or "{}", str(f.get("sensitive", False)).lower()]
            self.out.append(f"constexpr wire::StringFacts {name}{{{', '.join(parts)}}};")
        elif shape.kind in NUMBERS:
            bound = lambda k: f"{float(f[k])!r}" if k in f else "std::nullopt"
            label = lambda k: text(str(f[k])) if k in f else '""'
            self.out.append(f"constexpr wire::NumberFacts {name}{{{bound('min')}, {bound('max')}, {label('min')}, {label('max')}}};")
        else:
            self.out.append(f"constexpr wire::SizeFacts {name}{{{low}, {high}}};")
        return name


def value(unit, shape, raw, expression, path, depth, bare=False):
    """Lines that check one value; `path` is the name of a wire::Path variable."""
    model, kind, pad = unit.model, shape.kind, "  " * depth
    if shape.native or not model.checked(shape):
        return []
    if kind == "structure":
        return [f"{pad}check({expression}, &{path}, violations);"]
    if shape.name in model.quirks.get("name_or_arn", []):
        return [f"{pad}wire::check_name_or_arn({expression}, {path}, violations);"]
    if kind in STRINGS or kind in NUMBERS:
        cast = f"std::string_view({expression})" if kind in STRINGS else expression
        return [f"{pad}wire::check({cast}, {unit.statics.facts(shape)}, {path}, violations);"]
    if kind == "blob":
        return [f"{pad}wire::check_blob({expression}, {unit.statics.facts(shape)}, {path}, violations);"]
    out = []
    size = f"({expression}).members.size()" if kind == "map" and shape.element.native else f"({expression}).size()"
    if own_constraints(shape):
        facts = unit.statics.facts(shape)
        shown = render(unit, shape, raw, expression)
        out.append(f"{pad}if (!{facts}.holds({size})) violations.size({path}, {size}, {facts}, {shown}, {str(bare).lower()});")
    return out + (list_elements if kind == "list" else map_elements)(unit, shape, raw, expression, path, depth)


def list_elements(unit, shape, raw, expression, path, depth):
    if shape.element.native or not unit.model.checked(shape.element):
        return []
    pad, inner, n = "  " * depth, f"{path}e", f"n{depth}"
    body = value(unit, shape.element, raw, f"value{depth}", inner, depth + 1)
    if not body:
        return []
    return [f"{pad}std::size_t {n} = 0;", f"{pad}for (const auto& value{depth} : {expression}) {{",
            f"{pad}  const wire::Path {inner}{{&{path}, {{}}, ++{n}}};"] + body + [f"{pad}}}"]


def map_elements(unit, shape, raw, expression, path, depth):
    if shape.element.native:
        return []
    model, pad, inner, out = unit.model, "  " * depth, f"{path}e", []
    shown = render(unit, shape, raw, expression)
    if shape.key.name in model.quirks.get("name_or_arn", []):
        out += [f"{pad}for (const auto& [key{depth}, value{depth}] : {expression}) {{",
                f"{pad}  static_cast<void>(value{depth});",
                f"{pad}  if (!wire::is_name_or_arn(key{depth})) {{ violations.name_keys({path}, {shown}); break; }}", f"{pad}}}"]
    elif own_constraints(shape.key):
        out += bad_entries(unit, shape.key, expression, f"key{depth}", "keys", shown, path, depth)
    element = shape.element
    if element.kind in ("list", "map", *STRINGS) and own_constraints(element):
        out += bad_entries(unit, element, expression, f"value{depth}", "value", shown, path, depth)
    if element.kind == "structure" or element.kind == "list":
        body = (list_elements(unit, element, raw, f"value{depth}", inner, depth + 1) if element.kind == "list"
                else value(unit, element, raw, f"value{depth}", inner, depth + 1))
        if body:
            out += [f"{pad}for (const auto& [key{depth}, value{depth}] : {expression}) {{",
                    f"{pad}  const wire::Path {inner}{{&{path}, {{}}, 0, &key{depth}}};"] + body + [f"{pad}}}"]
    return out


def bad_entries(unit, shape, expression, variable, what, shown, path, depth):
    """AWS tells bad keys and values of a map once, at the map."""
    pad, facts = "  " * depth, unit.statics.facts(shape)
    holds = f"wire::string_holds({variable}, {facts})" if shape.kind in STRINGS else f"{facts}.holds({variable}.size())"
    other = f"value{depth}" if variable.startswith("key") else f"key{depth}"
    return [f"{pad}for (const auto& [key{depth}, value{depth}] : {expression}) {{", f"{pad}  static_cast<void>({other});",
            f"{pad}  if (!{holds}) {{",
            f"{pad}    violations.add({path}, {shown}, \"Map {what} must satisfy constraint: \" + wire::constraint_list({facts}));",
            f"{pad}    break;", f"{pad}  }}", f"{pad}}}"]


def render(unit, shape, raw, expression):
    """An expression for Java's toString of a value; collections get a function of their own."""
    kind = shape.kind
    if shape.native:
        return 'std::string("AttributeValue(...)")'
    if kind == "structure":
        return f"java({expression})"
    if kind in ("list", "map"):
        return f"{render_helper(unit, shape, raw)}({expression})"
    if kind == "blob":
        return 'std::string("java.nio.HeapByteBuffer")'
    if kind == "timestamp":
        return f"wire::timestamp_text({expression}, wire::TimestampFormat::kIso8601)"
    if kind == "document":
        return f"({expression}).text"
    return f"wire::to_text({expression})"


def render_helper(unit, shape, raw):
    name = f"java_{snake(shape.name)}"
    if name in unit.done:
        return name
    unit.done.add(name)
    signature = f"std::string {name}(const {unit.model.cpp(shape, raw)}& x)"
    if unit.recursive(shape):
        unit.helpers.insert(0, f"{signature};")
    inner = render(unit, shape.element, raw, "e")
    members = "x.members" if shape.kind == "map" and shape.element.native else "x"
    unit.helpers += [f"{signature} {{", f"  return wire::java_{shape.kind}({members}, []([[maybe_unused]] const auto& e) {{ return {inner}; }});", "}", ""]
    return name


def struct(unit, shape):
    model, b = unit.model, unit.body
    if model.checked(shape):
        root = any(o.input is shape for o in model.operations.values())
        required = shape.facts.get("required", [])
        b.append(f"void check(const {shape.cpp_name}& x, const wire::Path* at, wire::Violations& violations) {{")
        for member in shape.members:
            first = root and member.shape.name in model.quirks.get("name_or_arn", [])
            path = f"p_{member.field}"
            bare = model.is_bare(member)
            body = [] if first else value(unit, member.shape, shape.raw, member.value(), path, 2, bare)
            if body:
                body.insert(0, f"    const wire::Path {path}{{at, {text(java_path(member.name))}}};")
            if bare and member.shape.kind in NUMBERS:
                body[-1] = body[-1].replace("wire::check(", "wire::check_bare(")
            if member.required:
                b.append(f"  if ((x.absent & {1 << required.index(member.name):#x}u) != 0) {{")
                b.append(f"    violations.missing(at, {text(java_path(member.name))});")
                b.append("  } else {" if body else "  }")
                b += body + (["  }"] if body else [])
            elif body:
                b += [f"  if (x.{member.field}) {{"] + body + ["  }"]
        b += ["}", ""]
    if model.rendered(shape):
        b.append(f"std::string java([[maybe_unused]] const {shape.cpp_name}& x) {{")
        b.append(f"  std::string out = {text(shape.name + '(')};")
        for i, member in enumerate(shape.members):
            shown = render(unit, member.shape, shape.raw, member.value())
            if member.optional:
                shown = f"(x.{member.field} ? {shown} : std::string(\"null\"))"
            b.append(f"  out += {text((', ' if i else '') + java_path(member.name) + '=')} + {shown};")
        b += ["  return out + \")\";", "}", ""]
