"""A service's model with what the generator derives from it: who uses a shape, where it is emitted, its C++ type."""
import json
import pathlib

from .names import pascal, snake

SCALARS = {"string": "std::string", "character": "std::string", "blob": "std::string", "integer": "std::int32_t",
           "short": "std::int32_t", "byte": "std::int32_t", "long": "std::int64_t", "bigInteger": "std::int64_t",
           "float": "double", "double": "double", "bigDecimal": "double", "boolean": "bool", "timestamp": "base::WallTime"}


class Member:
    """One member of a structure."""

    def __init__(self, owner, name, facts, model):
        self.owner, self.name, self.facts, self.model = owner, name, facts, model
        self.shape = model.shapes[facts["shape"]]
        self.field = snake(name)
        self.required = name in owner.facts.get("required", [])
        self.location = facts.get("location", "")
        self.json_name = name if self.location else facts.get("locationName", name)
        self.http_name = facts.get("locationName", name)

    @property
    def sensitive(self):
        return self.shape.facts.get("sensitive", False)

    @property
    def boxed(self):
        return self.shape.kind == "structure" and self.shape.group is self.owner.group and not self.shape.native

    @property
    def optional(self):
        return not self.required or self.boxed

    def cpp(self):
        inner = self.model.cpp(self.shape, self.owner.raw)
        if self.boxed:
            return f"wire::Box<{inner}>"
        return inner if self.required else f"std::optional<{inner}>"

    def value(self, base="x"):
        """The C++ expression of the member's value, once present."""
        return f"*{base}.{self.field}" if self.optional else f"{base}.{self.field}"


class Shape:
    def __init__(self, name, facts):
        self.name, self.facts = name, facts
        self.type = facts["type"]
        self.cpp_name = pascal(name)
        self.members = []
        self.uses = set()        # operations that reach it
        self.inputs = self.outputs = False
        self.group = None        # shapes that contain each other; a group is emitted together
        self.native = False      # an AttributeValue: the codec by hand does it
        self.has_native = False

    @property
    def kind(self):
        if self.facts.get("document"):
            return "document"
        return self.type

    @property
    def raw(self):
        """Native values below it are ready JSON: nothing decodes them."""
        return not self.inputs

    def children(self):
        if self.kind == "structure":
            return [m.shape for m in self.members]
        if self.kind == "list":
            return [self.element]
        if self.kind == "map":
            return [self.key, self.element]
        return []


class Operation:
    def __init__(self, name, facts, model):
        self.name, self.facts = name, facts
        self.file = snake(name)
        self.input = model.shapes.get(facts.get("input", {}).get("shape"))
        self.output = model.shapes.get(facts.get("output", {}).get("shape"))
        self.status = facts.get("status", 200)


class Model:
    def __init__(self, path: pathlib.Path, quirks: dict):
        facts = json.loads(path.read_text())
        self.id = path.stem
        self.namespace = snake(self.id).replace("-", "_")
        self.quirks = quirks
        for name, lacking in quirks.get("may_lack", {}).items():
            facts["shapes"][name]["required"] = [m for m in facts["shapes"][name]["required"] if m not in lacking]
        self.metadata = facts["metadata"]
        self.rest = self.metadata["protocol"].startswith("rest")
        self.shapes = {name: Shape(name, f) for name, f in facts["shapes"].items()}
        for shape in self.shapes.values():
            self._link(shape)
        self.operations = {name: Operation(name, f, self) for name, f in facts["operations"].items()}
        self.errors = [s for s in self.shapes.values() if s.facts.get("exception")]
        self._native()
        self._reach()
        self._groups()
        self._struct_names()

    def _link(self, shape):
        facts = shape.facts
        if shape.type == "structure":
            # The errors of an event stream are frames of their own (wire/event_stream.h), not members.
            members = {n: m for n, m in facts.get("members", {}).items()
                       if not (facts.get("eventstream") and self.shapes[m["shape"]].facts.get("exception"))}
            shape.members = [Member(shape, n, m, self) for n, m in members.items()]
        elif shape.type == "list":
            shape.element = self.shapes[facts["member"]["shape"]]
        elif shape.type == "map":
            shape.key = self.shapes[facts["key"]["shape"]]
            shape.element = self.shapes[facts["value"]["shape"]]

    def _native(self):
        name = self.quirks.get("attribute_value")
        if name:
            self.shapes[name].native = True
        changed = True
        while changed:
            changed = False
            for shape in self.shapes.values():
                if not shape.has_native and (shape.native or any(c.has_native for c in shape.children())):
                    shape.has_native = changed = True

    def _walk(self, shape, seen):
        if shape is None or shape.name in seen:
            return
        seen[shape.name] = shape
        if not shape.native:
            for child in shape.children():
                self._walk(child, seen)

    def _reach(self):
        for operation in self.operations.values():
            for side in ("input", "output"):
                seen = {}
                self._walk(getattr(operation, side), seen)
                for shape in seen.values():
                    shape.uses.add(operation.name)
                    setattr(shape, side + "s", True)
        for error in self.errors:
            seen = {}
            self._walk(error, seen)
            for shape in seen.values():
                shape.uses.update(("errors", "errors "))  # shared: emitted by itself
                shape.outputs = True

    def _groups(self):
        """Strongly connected components of the structures (Tarjan, iterative enough for models)."""
        index, low, stack, on = {}, {}, [], set()

        def structures(shape):
            out, todo, seen = [], list(shape.children()), set()
            while todo:
                child = todo.pop(0)
                if child.native or child.name in seen:
                    continue
                seen.add(child.name)
                if child.kind == "structure":
                    out.append(child)
                else:
                    todo.extend(child.children())
            return out

        def visit(shape):
            index[shape.name] = low[shape.name] = len(index)
            stack.append(shape)
            on.add(shape.name)
            for child in structures(shape):
                if child.name not in index:
                    visit(child)
                    low[shape.name] = min(low[shape.name], low[child.name])
                elif child.name in on:
                    low[shape.name] = min(low[shape.name], index[child.name])
            if low[shape.name] == index[shape.name]:
                group = []
                while True:
                    top = stack.pop()
                    on.discard(top.name)
                    group.insert(0, top)
                    if top is shape:
                        break
                for s in group:
                    s.group = group

        for shape in self.shapes.values():
            if shape.kind == "structure" and shape.name not in index:
                visit(shape)
        self.structures = structures

    def _struct_names(self):
        """An operation's own input and output are <Op>Input and <Op>Output whatever the model calls them."""
        for operation in self.operations.values():
            for side, suffix in (("input", "Input"), ("output", "Output")):
                shape = getattr(operation, side)
                if shape is not None and shape.uses == {operation.name} and not self._nested(shape) and operation.input is not operation.output:
                    shape.cpp_name = operation.name + suffix

    def _nested(self, shape):
        return any(shape in s.children() for s in self.shapes.values())

    def owner_operation(self, shape):
        """The operation in whose header a structure stands, or None when it has its own header."""
        if len(shape.uses) == 1 and len(shape.group) == 1:
            return self.operations[next(iter(shape.uses))]
        return None

    def header(self, shape):
        operation = self.owner_operation(shape)
        return f"{operation.file}.h" if operation else f"types/{snake(shape.group[0].name)}.h"

    def cpp(self, shape, raw):
        """The C++ type of a value of this shape, inside a structure whose native values are ready JSON (raw) or not."""
        if shape.native:
            return "wire::RawJson" if raw else "table::Value"
        kind = shape.kind
        if kind == "document":
            return "wire::RawJson"
        if kind == "structure":
            return shape.cpp_name
        if kind == "list":
            if raw and shape.has_native and self.raw_text(shape.element):
                return "wire::RawJsonList"
            return f"std::vector<{self.cpp(shape.element, raw)}>"
        if kind == "map":
            if shape.element.native:
                return "wire::RawJson" if raw else "table::Map"
            return f"std::map<std::string, {self.cpp(shape.element, raw)}, std::less<>>"
        return SCALARS[kind]

    def raw_text(self, shape):
        return shape.native or (shape.kind == "map" and shape.element.native)

    # What the emitters ask.

    def own_structures(self, operation):
        """Structures that stand in the operation's header, those contained first."""
        out, done = [], set()

        def visit(shape):
            if shape.name in done or shape.native:
                return
            done.add(shape.name)
            for child in self.structures(shape):
                visit(child)
            if self.owner_operation(shape) is operation:
                out.append(shape)

        for shape in (operation.input, operation.output):
            if shape is not None:
                visit(shape)
        return out

    def shared_groups(self, operations=None):
        """Groups that have a header of their own; only those reachable from `operations` when given."""
        out, seen = [], set()
        for shape in self.shapes.values():
            if shape.kind != "structure" or shape.native or not shape.uses or shape.facts.get("exception"):
                continue
            if self.owner_operation(shape) is not None or id(shape.group) in seen:
                continue
            if operations is not None and not any(shape.uses & (operations | {"errors"}) for shape in shape.group):
                continue
            seen.add(id(shape.group))
            out.append(shape.group)
        return out

    def checked(self, shape):
        """Whether anything below a shape has a constraint."""
        if not hasattr(self, "_checked"):
            self._checked = self._closure(self._constrained)
        return shape.name in self._checked

    def _constrained(self, shape):
        from .checks import own_constraints
        return own_constraints(shape) or (shape.kind == "structure" and bool(shape.facts.get("required")))

    def _closure(self, own):
        found = {s.name for s in self.shapes.values() if not s.native and own(s)}
        changed = True
        while changed:
            changed = False
            for s in self.shapes.values():
                if s.name not in found and not s.native and any(c.name in found for c in s.children()):
                    found.add(s.name)
                    changed = True
        return found

    def rendered(self, shape):
        """Whether a constraint's text may have to show a structure: it stands below a collection with limits."""
        if not hasattr(self, "_rendered"):
            self._rendered = set()
            todo = [s for s in self.shapes.values() if s.inputs and s.kind in ("list", "map") and not s.native and self.checked(s)
                    and (s.kind == "map" or "min" in s.facts or "max" in s.facts)]
            while todo:
                for child in todo.pop().children():
                    if child.name not in self._rendered and not child.native:
                        self._rendered.add(child.name)
                        todo.append(child)
        return shape.name in self._rendered

    def is_bare(self, member):
        """AWS checks this member by itself, after the others, and does not show its value."""
        return member.name in self.quirks.get("bare", {}).get(member.owner.name, [])

    def java_type(self, shape):
        """The class AWS's serialisation errors name."""
        if shape.kind == "list":
            return f"java.util.List<{self.java_type(shape.element)}>"
        if shape.kind == "map":
            return f"java.util.Map<java.lang.String, {self.java_type(shape.element)}>"
        names = {"string": "String", "integer": "Integer", "long": "Long", "boolean": "Boolean", "double": "Double", "float": "Float"}
        if shape.kind in names:
            return "java.lang." + names[shape.kind]
        if shape.kind == "blob":
            return "java.nio.ByteBuffer"
        package = self.quirks.get("error_space") or f"com.amazonaws.{self.id}"
        return f"{package}.{shape.name}"

    def codec_headers(self, shapes):
        header = self.quirks.get("codec")
        return {header} if header and any(s.has_native and not s.raw for s in shapes) else set()

    def blob_payload(self, shape):
        if shape is None or not shape.facts.get("payload"):
            return False
        return self.shapes[shape.facts["members"][shape.facts["payload"]]["shape"]].kind in ("blob", "string")

    def has_event_stream(self, shape):
        return shape is not None and any(m.shape.facts.get("eventstream") for m in shape.members)
