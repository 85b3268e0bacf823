// Updates applied to items.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
#include <algorithm>

#include "engines/table/expression.h"
#include "engines/table/expression_projection.h"
#include "engines/table/item_size.h"
#include "engines/table/number.h"

namespace millrace::table {
namespace {

constexpr std::string_view kMissing =
    "The provided expression refers to an attribute that does not exist in the item";
constexpr std::string_view kWrongType = "An operand in the update expression has an incorrect data type";
constexpr std::string_view kLegacyWrongType = "Type mismatch for attribute to update";
constexpr std::string_view kTooLarge = "Item size to update has exceeded the maximum allowed size";
constexpr std::string_view kBadPath =
    "The document path provided in the update expression is invalid for update";

tl::unexpected<ExpressionError> fail(std::string_view message) {
  return base::fail(ExpressionError{std::string(message)});
}

base::Result<Value, ExpressionError> sum(const Number& a, const Number& b, bool minus) {
  Decimal x = from_normal_text(a.text);
  Decimal y = from_normal_text(b.text);
  auto result = minus ? subtract(x, y) : add(x, y);
  if (!result) return fail(number_error_message(result.error(), {}));
  return Value{Number{to_text(*result)}};
}

// The right-hand sides of SET, from the item as it was.
class Operands {
 public:
  Operands(const Tree& tree, const Item& old) : tree_(tree), old_(old) {}

  base::Result<Value, ExpressionError> evaluate(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kValue:
        return *node.value;
      case NodeKind::kPath:
        if (const Value* value = find_path(old_, tree_.path(node))) return *value;
        return fail(kMissing);
      case NodeKind::kIfNotExists:
        if (const Value* value = find_path(old_, tree_.path(tree_.child(node, 0)))) return *value;
        return evaluate(tree_.child(node, 1));
      case NodeKind::kListAppend:
        return append(node);
      default:
        return calculate(node);
    }
  }

 private:
  base::Result<Value, ExpressionError> append(const Node& node) const {
    auto left = evaluate(tree_.child(node, 0));
    if (!left) return left;
    auto* head = std::get_if<List>(&left->data);
    if (!head) return fail(kWrongType);
    auto right = evaluate(tree_.child(node, 1));
    if (!right) return right;
    auto* tail = std::get_if<List>(&right->data);
    if (!tail) return fail(kWrongType);
    // Each element weighs at least two bytes: a longer list can never be stored, and must not be built.
    if (head->members.size() + tail->members.size() > kMaxItemSize / 2) return fail(kTooLarge);
    head->members.insert(head->members.end(), std::make_move_iterator(tail->members.begin()),
                         std::make_move_iterator(tail->members.end()));
    return left;
  }

  base::Result<Value, ExpressionError> calculate(const Node& node) const {
    auto left = evaluate(tree_.child(node, 0));
    if (!left) return left;
    auto* a = std::get_if<Number>(&left->data);
    if (!a) return fail(kWrongType);
    auto right = evaluate(tree_.child(node, 1));
    if (!right) return right;
    auto* b = std::get_if<Number>(&right->data);
    if (!b) return fail(kWrongType);
    return sum(*a, *b, node.kind == NodeKind::kSubtract);
  }

  const Tree& tree_;
  const Item& old_;
};

// Sets are sorted once they are large, so that ADD and DELETE never cost the square of their sizes.
class Membership {
 public:
  explicit Membership(const std::vector<std::string>& members) : sorted_(members.begin(), members.end()) {
    std::sort(sorted_.begin(), sorted_.end());
  }
  bool has(std::string_view member) const {
    return std::binary_search(sorted_.begin(), sorted_.end(), member);
  }

 private:
  std::vector<std::string> sorted_;
};

void unite(std::vector<std::string>& members, const std::vector<std::string>& more) {
  Membership present(members);
  for (const auto& member : more) {
    if (!present.has(member)) members.push_back(member);
  }
}

void subtract_members(std::vector<std::string>& members, const std::vector<std::string>& less) {
  Membership removed(less);
  std::erase_if(members, [&](const std::string& member) { return removed.has(member); });
}

std::vector<std::string>* set_members(Value& value) {
  if (auto* s = std::get_if<StringSet>(&value.data)) return &s->members;
  if (auto* s = std::get_if<NumberSet>(&value.data)) return &s->members;
  if (auto* s = std::get_if<BinarySet>(&value.data)) return &s->members;
  return nullptr;
}

// A list element to remove or to put behind the end, once all actions have found their places by the old indexes.
struct LateListChange {
  Path list;
  std::uint32_t index;
  std::optional<Value> appended;  // none: remove
};

class Updater {
 public:
  Updater(Item item, bool legacy) : item_(std::move(item)), legacy_(legacy) {}

  base::Result<void, ExpressionError> set(Path path, Value value) {
    auto parent = find_parent(path);
    if (!parent) return fail(kBadPath);
    put(*parent, path, std::move(value));
    return {};
  }

  base::Result<void, ExpressionError> remove(Path path) {
    auto parent = find_parent(path);
    if (!parent) return fail(kBadPath);
    drop(*parent, path);
    return {};
  }

  base::Result<void, ExpressionError> add_to(Path path, const Value& operand) {
    auto parent = find_parent(path);
    if (!parent) return fail(kBadPath);
    Value* current = parent->child(path.back());
    if (!current) {
      put(*parent, path, operand);
      return {};
    }
    if (current->data.index() != operand.data.index()) return fail(legacy_ ? kLegacyWrongType : kWrongType);
    if (auto* number = std::get_if<Number>(&current->data)) {
      auto result = sum(*number, std::get<Number>(operand.data), false);
      if (!result) return base::fail(std::move(result.error()));
      *current = std::move(*result);
    } else if (auto* list = std::get_if<List>(&current->data)) {
      const auto& more = std::get<List>(operand.data).members;
      list->members.insert(list->members.end(), more.begin(), more.end());
    } else if (auto* members = set_members(*current)) {
      unite(*members, *set_members(const_cast<Value&>(operand)));
      if (!std::holds_alternative<NumberSet>(current->data)) std::ranges::sort(*members);
    }
    return {};
  }

  base::Result<void, ExpressionError> delete_from(Path path, const Value& operand) {
    auto parent = find_parent(path);
    if (!parent) return fail(kBadPath);
    Value* current = parent->child(path.back());
    if (!current) return {};
    auto* members = set_members(*current);
    if (!members || current->data.index() != operand.data.index())
      return fail(legacy_ ? kLegacyWrongType : kWrongType);
    subtract_members(*members, *set_members(const_cast<Value&>(operand)));
    if (members->empty()) drop(*parent, path);
    return {};
  }

  Item finish() {
    // Inner lists first: their paths still hold. In one list: removals from the back, then what comes behind the end, by index.
    std::stable_sort(late_.begin(), late_.end(), [](const LateListChange& a, const LateListChange& b) {
      if (a.list.size() != b.list.size()) return a.list.size() > b.list.size();
      if (a.appended.has_value() != b.appended.has_value()) return b.appended.has_value();
      return a.appended ? a.index < b.index : a.index > b.index;
    });
    for (auto& change : late_) {
      auto& members = std::get<List>(resolve(change.list)->data).members;
      if (change.appended) {
        members.push_back(std::move(*change.appended));
      } else {
        members.erase(members.begin() + change.index);
      }
    }
    return std::move(item_);
  }

 private:
  struct Parent {
    Map* map = nullptr;
    List* list = nullptr;
    Value* child(const PathElement& element) const {
      if (map) return map->find(element.name);
      return element.index < list->members.size() ? &list->members[element.index] : nullptr;
    }
  };

  Value* resolve(Path path) { return const_cast<Value*>(find_path(item_, path)); }

  std::optional<Parent> find_parent(Path path) {
    if (path.size() == 1) return Parent{.map = &item_};
    Value* parent = resolve(path.first(path.size() - 1));
    if (!parent) return std::nullopt;
    if (path.back().is_index) {
      auto* list = std::get_if<List>(&parent->data);
      return list ? std::optional(Parent{.list = list}) : std::nullopt;
    }
    auto* map = std::get_if<Map>(&parent->data);
    return map ? std::optional(Parent{.map = map}) : std::nullopt;
  }

  void put(const Parent& parent, Path path, Value value) {
    if (parent.map) {
      parent.map->set(path.back().name, std::move(value));
    } else if (Value* current = parent.child(path.back())) {
      *current = std::move(value);
    } else {
      late_.push_back({path.first(path.size() - 1), path.back().index, std::move(value)});
    }
  }

  void drop(const Parent& parent, Path path) {
    if (parent.map) {
      parent.map->erase(path.back().name);
    } else if (parent.child(path.back())) {
      late_.push_back({path.first(path.size() - 1), path.back().index, std::nullopt});
    }
  }

  Item item_;
  bool legacy_;
  std::vector<LateListChange> late_;
};

}  // namespace

base::Result<Item, ExpressionError> Update::apply(const Item& old) const {
  std::vector<Value> values(actions_.size());
  Operands operands(tree_, old);
  std::size_t total =
      0;  // all of these will be in the item, so their sum may not pass its limit: memory stays bounded
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    if (actions_[i].verb != UpdateVerb::kSet) continue;
    auto value = operands.evaluate(tree_.nodes[actions_[i].value]);
    if (!value) return base::fail(std::move(value.error()));
    values[i] = std::move(*value);
    total += value_size(values[i]);
    if (total > kMaxItemSize) return fail(kTooLarge);
  }
  Updater updater(old, legacy_);
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    const UpdateAction& action = actions_[i];
    base::Result<void, ExpressionError> done;
    switch (action.verb) {
      case UpdateVerb::kSet:
        done = updater.set(path(i), std::move(values[i]));
        break;
      case UpdateVerb::kRemove:
        done = updater.remove(path(i));
        break;
      case UpdateVerb::kAdd:
        done = updater.add_to(path(i), *tree_.nodes[action.value].value);
        break;
      case UpdateVerb::kDelete:
        done = updater.delete_from(path(i), *tree_.nodes[action.value].value);
        break;
    }
    if (!done) return base::fail(std::move(done.error()));
  }
  return updater.finish();
}

Item Update::updated_attributes(const Item& item) const {
  std::vector<Path> paths(actions_.size());
  for (std::size_t i = 0; i < actions_.size(); ++i)
    paths[i] = path(i);
  return project(item, paths);
}

void Update::visit_paths(const std::function<void(Path)>& visit) const {
  for (std::size_t i = 0; i < actions_.size(); ++i)
    visit(path(i));
  for (const Node& node : tree_.nodes) {
    if (node.kind == NodeKind::kPath) visit(tree_.path(node));
  }
}

std::string_view Update::result_type(std::size_t i) const {
  if (actions_[i].verb == UpdateVerb::kRemove) return {};
  const Node& node = tree_.nodes[actions_[i].value];
  switch (node.kind) {
    case NodeKind::kValue:
      return type_name(*node.value);
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
      return "N";
    case NodeKind::kListAppend:
      return "L";
    default:
      return {};
  }
}

const Value* Update::literal(std::size_t i) const {
  return actions_[i].verb == UpdateVerb::kRemove ? nullptr : tree_.nodes[actions_[i].value].value;
}

}  // namespace millrace::table
