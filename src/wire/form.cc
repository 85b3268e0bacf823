#include "wire/form.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "base/encoding.h"
#include "base/text.h"
#include "wire/decode.h"
#include "wire/shape_codec.h"

namespace millrace::wire {
namespace {

constexpr std::size_t kMostFields = 65536;
constexpr std::size_t kDeepest = 32;

// One part of the dotted names. Children by name; a list's are its numbers.
struct Node {
  const std::string* value = nullptr;
  std::map<std::string_view, Node, std::less<>> children;
};

bool insert(Node& root, const std::string& name, const std::string& value) {
  Node* at = &root;
  std::size_t depth = 0;
  for (const std::string_view part : base::split(name, '.')) {
    if (++depth > kDeepest) return false;
    at = &at->children[part];
  }
  if (at->value == nullptr) at->value = &value;
  return true;
}

const Node* child(const Node& node, std::string_view name) {
  const auto found = node.children.find(name);
  return found == node.children.end() ? nullptr : &found->second;
}

// Children whose name is a number from 1, in the order of their numbers.
std::vector<const Node*> numbered(const Node& node) {
  std::vector<std::pair<std::uint32_t, const Node*>> found;
  for (const auto& [name, inner] : node.children) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size() && number > 0)
      found.emplace_back(number, &inner);
  }
  std::ranges::sort(found, {}, &std::pair<std::uint32_t, const Node*>::first);
  std::vector<const Node*> out;
  for (const auto& [number, inner] : found)
    out.push_back(inner);
  return out;
}

class Writer {
 public:
  Writer(const ProtocolFacts& service, std::string& out) : service_(service), out_(out) {}

  void value(const Node& node, const MemberFacts& facts) {
    const ShapeFacts& shape = service_.shapes[facts.shape];
    static const std::string kNone;
    const std::string& text = node.value != nullptr ? *node.value : kNone;
    switch (shape.kind) {
      case ShapeKind::kStructure:
        return structure(node, shape);
      case ShapeKind::kList:
        return list(node, facts, shape);
      case ShapeKind::kMap:
        return map(node, facts, shape);
      case ShapeKind::kInteger:
        return integer(text);
      case ShapeKind::kFloat:
        return number(text);
      case ShapeKind::kTimestamp:
        return timestamp(text, facts);
      case ShapeKind::kString:
      case ShapeKind::kBlob:
      case ShapeKind::kBoolean:
      case ShapeKind::kDocument:
        return append_json_string(out_, text);
    }
  }

  void structure(const Node& node, const ShapeFacts& shape) {
    const std::size_t start = out_.size();
    for (const MemberFacts& member : shape.members) {
      const Node* inner = child(node, member.xml_name);
      if (inner == nullptr) continue;
      out_ += ',';
      append_json_string(out_, member.name);
      out_ += ':';
      value(*inner, member);
    }
    close_object(out_, start);
  }

 private:
  // What holds the numbers: the list's own node, or one below it.
  static const Node* elements(const Node& node, const MemberFacts& facts, std::string_view between) {
    return facts.flattened ? &node : child(node, between);
  }

  void list(const Node& node, const MemberFacts& facts, const ShapeFacts& shape) {
    const std::size_t start = out_.size();
    if (const Node* inner = elements(node, facts, shape.members[0].xml_name)) {
      for (const Node* element : numbered(*inner)) {
        out_ += ',';
        value(*element, shape.members[0]);
      }
    }
    close_array(out_, start);
  }

  void map(const Node& node, const MemberFacts& facts, const ShapeFacts& shape) {
    const std::size_t start = out_.size();
    if (const Node* inner = elements(node, facts, "entry")) {
      for (const Node* entry : numbered(*inner)) {
        const Node* key = child(*entry, shape.members[0].xml_name);
        const Node* held = child(*entry, shape.members[1].xml_name);
        if (key == nullptr || key->value == nullptr || held == nullptr) continue;
        out_ += ',';
        append_json_string(out_, *key->value);
        out_ += ':';
        value(*held, shape.members[1]);
      }
    }
    close_object(out_, start);
  }

  void integer(const std::string& text) {
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc() || end != text.data() + text.size()) return append_json_string(out_, text);
    append_json_int(out_, parsed);
  }

  void number(const std::string& text) {
    double parsed = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), parsed);
    // from_chars takes "inf" and "nan" in any case; the decoders know the protocol's own spelling.
    if (error != std::errc() || end != text.data() + text.size() || parsed - parsed != 0)
      return append_json_string(out_, text);
    append_json_double(out_, parsed);
  }

  void timestamp(const std::string& text, const MemberFacts& facts) {
    DecodeErrors ignored;
    base::WallTime time;
    if (!parse_timestamp(text, facts.xml_time, time, ignored) &&
        !parse_timestamp(text, TimestampFormat::kEpochSeconds, time, ignored))
      return append_json_string(out_, text);
    write_timestamp(out_, time, facts.json_time);
  }

  const ProtocolFacts& service_;
  std::string& out_;
};

}  // namespace

std::optional<FormFields> parse_form(std::string_view body) {
  FormFields out;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view field = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (field.empty()) continue;
    if (out.size() == kMostFields) return std::nullopt;
    const std::size_t equals = std::min(field.find('='), field.size());
    auto name = base::uri_decode(field.substr(0, equals), true);
    auto value = base::uri_decode(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::string_view form_field(const FormFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string> form_to_json(const ProtocolFacts& service, const OperationShapes& operation,
                                        const FormFields& fields) {
  if (operation.input < 0) return "{}";
  Node root;
  for (const auto& [name, value] : fields) {
    if (!insert(root, name, value)) return std::nullopt;
  }
  std::string out;
  Writer(service, out).structure(root, service.shapes[static_cast<std::size_t>(operation.input)]);
  return out;
}

}  // namespace millrace::wire
