// Conditions against items.
#include <algorithm>

#include "engines/table/expression.h"

namespace millrace::table {
namespace {

// What an operand comes to: a value in the item or the request, or one made here.
class Operand {
 public:
  Operand() = default;
  explicit Operand(const Value* value) : value_(value) {}
  explicit Operand(Value made) : made_(std::move(made)), is_made_(true) {}
  const Value* get() const { return is_made_ ? &made_ : value_; }  // null: the item has no such attribute

 private:
  const Value* value_ = nullptr;
  Value made_;
  bool is_made_ = false;
};

// As AWS counts characters: UTF-16 units, so that one beyond the basic plane counts as two.
std::size_t character_count(std::string_view utf8) {
  std::size_t count = 0;
  for (char c : utf8) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) ++count;
    if (byte >= 0xf0) ++count;
  }
  return count;
}

std::optional<std::size_t> size_of(const Value& value) {
  if (auto* s = std::get_if<String>(&value.data)) return character_count(s->text);
  if (auto* b = std::get_if<Binary>(&value.data)) return b->bytes.size();
  if (auto* x = std::get_if<StringSet>(&value.data)) return x->members.size();
  if (auto* x = std::get_if<NumberSet>(&value.data)) return x->members.size();
  if (auto* x = std::get_if<BinarySet>(&value.data)) return x->members.size();
  if (auto* x = std::get_if<List>(&value.data)) return x->members.size();
  if (auto* x = std::get_if<Map>(&value.data)) return x->members.size();
  return std::nullopt;
}

bool has(const std::vector<std::string>& members, std::string_view wanted) {
  return std::find(members.begin(), members.end(), wanted) != members.end();
}

bool contains(const Value& container, const Value& wanted) {
  if (auto* list = std::get_if<List>(&container.data)) {
    return std::any_of(list->members.begin(), list->members.end(),
                       [&](const Value& v) { return v == wanted; });
  }
  if (auto* s = std::get_if<String>(&wanted.data)) {
    if (auto* text = std::get_if<String>(&container.data))
      return text->text.find(s->text) != std::string::npos;
    if (auto* set = std::get_if<StringSet>(&container.data)) return has(set->members, s->text);
  } else if (auto* n = std::get_if<Number>(&wanted.data)) {
    if (auto* set = std::get_if<NumberSet>(&container.data)) return has(set->members, n->text);
  } else if (auto* b = std::get_if<Binary>(&wanted.data)) {
    if (auto* bytes = std::get_if<Binary>(&container.data))
      return bytes->bytes.find(b->bytes) != std::string::npos;
    if (auto* set = std::get_if<BinarySet>(&container.data)) return has(set->members, b->bytes);
  }
  return false;
}

bool begins_with(const Value& value, const Value& prefix) {
  if (auto* s = std::get_if<String>(&value.data)) {
    auto* p = std::get_if<String>(&prefix.data);
    return p && s->text.starts_with(p->text);
  }
  if (auto* b = std::get_if<Binary>(&value.data)) {
    auto* p = std::get_if<Binary>(&prefix.data);
    return p && b->bytes.starts_with(p->bytes);
  }
  return false;
}

bool is_between(const Value& value, const Value& low, const Value& high) {
  auto above = compare_values(value, low);
  auto below = compare_values(value, high);
  return above && below && *above >= 0 && *below <= 0;
}

bool is_in_order(NodeKind kind, const Value& a, const Value& b) {
  auto order = compare_values(a, b);
  if (!order) return false;
  switch (kind) {
    case NodeKind::kLess:
      return *order < 0;
    case NodeKind::kLessOrEqual:
      return *order <= 0;
    case NodeKind::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

class Evaluator {
 public:
  Evaluator(const Tree& tree, const Item& item) : tree_(tree), item_(item) {}

  bool test(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kAnd:
        for (std::size_t i = 0; i < node.count; ++i) {
          if (!test(tree_.child(node, i))) return false;
        }
        return true;
      case NodeKind::kOr:
        for (std::size_t i = 0; i < node.count; ++i) {
          if (test(tree_.child(node, i))) return true;
        }
        return false;
      case NodeKind::kNot:
        return !test(tree_.child(node, 0));
      default:
        return test_leaf(node);
    }
  }

 private:
  bool test_leaf(const Node& node) const {
    Operand first = operand(tree_.child(node, 0));
    if (node.kind == NodeKind::kAttributeExists) return first.get() != nullptr;
    if (node.kind == NodeKind::kAttributeNotExists) return first.get() == nullptr;
    if (node.kind == NodeKind::kIn) return is_in(node, first);
    Operand second = operand(tree_.child(node, 1));
    if (!first.get() || !second.get()) {
      return node.kind == NodeKind::kNotEqual || node.kind == NodeKind::kNotContains;
    }
    switch (node.kind) {
      case NodeKind::kEqual:
        return *first.get() == *second.get();
      case NodeKind::kNotEqual:
        return !(*first.get() == *second.get());
      case NodeKind::kBetween: {
        Operand third = operand(tree_.child(node, 2));
        return third.get() && is_between(*first.get(), *second.get(), *third.get());
      }
      case NodeKind::kBeginsWith:
        return begins_with(*first.get(), *second.get());
      case NodeKind::kContains:
        return contains(*first.get(), *second.get());
      case NodeKind::kNotContains:
        return !contains(*first.get(), *second.get());
      case NodeKind::kAttributeType: {
        auto* name = std::get_if<String>(&second.get()->data);
        return name && type_name(*first.get()) == name->text;
      }
      default:
        return is_in_order(node.kind, *first.get(), *second.get());
    }
  }

  bool is_in(const Node& node, const Operand& wanted) const {
    if (!wanted.get()) return false;
    for (std::size_t i = 1; i < node.count; ++i) {
      Operand one = operand(tree_.child(node, i));
      if (one.get() && *one.get() == *wanted.get()) return true;
    }
    return false;
  }

  Operand operand(const Node& node) const {
    if (node.kind == NodeKind::kPath) return Operand(find_path(item_, tree_.path(node)));
    if (node.kind == NodeKind::kValue) return Operand(node.value);
    if (node.kind != NodeKind::kSize) return Operand();
    Operand measured = operand(tree_.child(node, 0));
    auto size = measured.get() ? size_of(*measured.get()) : std::nullopt;
    return size ? Operand(Value{Number{std::to_string(*size)}}) : Operand();
  }

  const Tree& tree_;
  const Item& item_;
};

}  // namespace

bool Condition::matches(const Item& item) const {
  return Evaluator(tree_, item).test(tree_.nodes[tree_.root]);
}

void Condition::visit_paths(const std::function<void(Path)>& visit) const {
  for (const Node& node : tree_.nodes) {
    if (node.kind == NodeKind::kPath) visit(tree_.path(node));
  }
}

bool matches(const KeyCondition& condition, const Value& sort_key) {
  switch (condition.comparison) {
    case Comparison::kEq:
      return sort_key == *condition.low;
    case Comparison::kLt:
      return is_in_order(NodeKind::kLess, sort_key, *condition.low);
    case Comparison::kLe:
      return is_in_order(NodeKind::kLessOrEqual, sort_key, *condition.low);
    case Comparison::kGt:
      return is_in_order(NodeKind::kGreater, sort_key, *condition.low);
    case Comparison::kGe:
      return is_in_order(NodeKind::kGreaterOrEqual, sort_key, *condition.low);
    case Comparison::kBeginsWith:
      return begins_with(sort_key, *condition.low);
    case Comparison::kBetween:
      return is_between(sort_key, *condition.low, *condition.high);
    default:
      return false;  // bind_key_conditions() let no other through
  }
}

}  // namespace millrace::table
