// Expressions: text to a checked form that can be evaluated many times, with AWS's messages in AWS's order.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
//
// Lifetime: a parsed expression holds views into its text, into the placeholder names, and pointers to the
// placeholder values; all must outlive it (they are members of the request). A parsed expression is
// immutable: any thread may evaluate it. Work is bounded: text of 4096 bytes, 300 operators, 100 IN operands,
// no recursion deeper than 320.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "base/result.h"
#include "engines/table/key_codec.h"
#include "engines/table/value.h"

namespace millrace::table {

// Always a ValidationException; `message` is AWS's, complete.
struct ExpressionError {
  std::string message;
};

// ExpressionAttributeNames and -Values of one request, and which of them its expressions used.
// Use: add all, check(), parse each expression in the order UpdateExpression, ConditionExpression,
// KeyConditionExpression, FilterExpression, ProjectionExpression, then check_all_used().
class Placeholders {
 public:
  Placeholders() = default;
  // Any range of pairs of strings; any map of values. Null where the request has no such member.
  template <class Names>
  Placeholders(const Names* names, const Item* values) : values_(values) {
    prepare();
    if (!names) return;
    has_names_ = true;
    for (const auto& [placeholder, name] : *names)
      names_.push_back({placeholder, name, false});
  }
  // For requests without names.
  explicit Placeholders(const Item* values) : values_(values) { prepare(); }

  // Empty maps, malformed keys, bad values.
  base::Result<void, ExpressionError> check() const;
  base::Result<void, ExpressionError> check_all_used() const;

  // Null when undefined; marks as used. With the leading '#' or ':'.
  const std::string_view* use_name(std::string_view placeholder);
  const Value* use_value(std::string_view placeholder);

 private:
  struct Name {
    std::string_view placeholder;
    std::string_view name;
    bool used;
  };
  void prepare();

  std::vector<Name> names_;
  const Item* values_ = nullptr;
  std::vector<bool> value_used_;
  bool has_names_ = false;
};

struct PathElement {
  std::string_view name;    // of a map's member or a top-level attribute; unused when is_index
  std::uint32_t index = 0;  // into a list
  bool is_index = false;
  bool operator==(const PathElement&) const = default;
};
using Path = std::span<const PathElement>;

// "[a, [1], b]", as AWS prints paths.
std::string describe_path(Path path);
// The value at a path, or null.
const Value* find_path(const Item& item, Path path);

enum class NodeKind : std::uint8_t {
  kPath,
  kValue,  // operands
  kSize,
  kAdd,
  kSubtract,
  kIfNotExists,
  kListAppend,  // functions that give a value
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kIn,
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kNotContains,
  kAnd,
  kOr,
  kNot,
  kUnknownFunction,  // only before checking
};

// One node of a syntax tree; children and paths stand in the tree's own arrays.
struct Node {
  NodeKind kind;
  bool in_parentheses = false;
  std::uint16_t count = 0;       // of children, or of path elements
  std::uint32_t first = 0;       // index of the first in children_ or path_elements_
  const Value* value = nullptr;  // kValue
  std::string_view token;        // the name or operator as written
};

// The arrays behind an expression; nodes refer to each other by index, so that no deep tree is ever destroyed
// recursively.
struct Tree {
  std::vector<Node> nodes;
  std::vector<std::uint32_t> children;
  std::vector<PathElement> path_elements;
  std::uint32_t root = 0;

  Path path(const Node& node) const { return {path_elements.data() + node.first, node.count}; }
  const Node& child(const Node& node, std::size_t i) const { return nodes[children[node.first + i]]; }
};

// ConditionExpression, FilterExpression, and their legacy forms (legacy.h).
class Condition {
 public:
  explicit Condition(Tree tree) : tree_(std::move(tree)) {}
  bool matches(const Item& item) const;
  // Every document path mentioned, in order of appearance, repetitions included.
  void visit_paths(const std::function<void(Path)>& visit) const;
  const Tree& tree() const { return tree_; }

 private:
  Tree tree_;
};
enum class ConditionKind { kCondition, kKeyCondition, kFilter };
base::Result<Condition, ExpressionError> parse_condition(ConditionKind kind, std::string_view text,
                                                         Placeholders& placeholders);

// ProjectionExpression, AttributesToGet, and what an index projects.
class Projection {
 public:
  explicit Projection(Tree tree, std::vector<std::uint32_t> paths)
      : tree_(std::move(tree)), paths_(std::move(paths)) {}
  // The parts of the item that exist, in the order of the paths; list elements close up.
  Item apply(const Item& item) const;
  std::size_t size() const { return paths_.size(); }
  Path path(std::size_t i) const { return tree_.path(tree_.nodes[paths_[i]]); }

 private:
  Tree tree_;
  std::vector<std::uint32_t> paths_;
};
base::Result<Projection, ExpressionError> parse_projection(std::string_view text, Placeholders& placeholders);

// UpdateExpression and AttributeUpdates.
enum class UpdateVerb : std::uint8_t { kSet, kRemove, kAdd, kDelete };
struct UpdateAction {
  UpdateVerb verb;
  std::uint32_t path;   // node
  std::uint32_t value;  // node; unused for kRemove
};
class Update {
 public:
  Update(Tree tree, std::vector<UpdateAction> actions, bool legacy)
      : tree_(std::move(tree)), actions_(std::move(actions)), legacy_(legacy) {}

  // The item after the update: all operands are taken from `old` (for a new item: its key attributes alone).
  // Fails with AWS's ValidationException message (missing operand, wrong type, invalid path, number
  // overflow).
  base::Result<Item, ExpressionError> apply(const Item& old) const;
  // For ReturnValues UPDATED_OLD and UPDATED_NEW: the parts of `item` that the actions name.
  Item updated_attributes(const Item& item) const;

  std::size_t size() const { return actions_.size(); }
  UpdateVerb verb(std::size_t i) const { return actions_[i].verb; }
  Path path(std::size_t i) const { return tree_.path(tree_.nodes[actions_[i].path]); }
  // The type the action would give the attribute where that is known without the item, else "": for the
  // checks of key types.
  std::string_view result_type(std::size_t i) const;
  // The value itself when it is a plain placeholder, else null.
  const Value* literal(std::size_t i) const;

  // Every document path that is read or changed, repetitions included.
  void visit_paths(const std::function<void(Path)>& visit) const;

 private:
  Tree tree_;
  std::vector<UpdateAction> actions_;
  bool legacy_;
};
base::Result<Update, ExpressionError> parse_update(std::string_view text, Placeholders& placeholders);

// KeyConditionExpression and KeyConditions: one condition each on key attributes.
enum class Comparison : std::uint8_t {
  kEq,
  kNe,
  kLe,
  kLt,
  kGe,
  kGt,
  kNotNull,
  kNull,
  kContains,
  kNotContains,
  kBeginsWith,
  kIn,
  kBetween,
};
struct KeyCondition {
  std::string_view name;
  Comparison comparison = Comparison::kEq;
  const Value* low = nullptr;
  const Value* high = nullptr;  // kBetween only
};
struct KeyConditions {
  std::vector<KeyCondition> conditions;  // as written
};
// The structure of a parsed KeyConditionExpression; call it after Placeholders::check_all_used(), as AWS does.
// Points into `condition`, which must outlive the result.
base::Result<KeyConditions, ExpressionError> key_conditions_of(const Condition& condition);

// What a Query asks of a table or index with this key schema, after AWS's checks against it.
struct KeySchemaView {
  std::string_view partition_name;
  KeyType partition_type = KeyType::kString;
  std::string_view sort_name;  // empty: none
  KeyType sort_type = KeyType::kString;
  // Of a global index with multi-attribute keys: what follows the first of each kind.
  std::span<const KeyAttribute> more_partition;
  std::span<const KeyAttribute> more_sort;
};
struct KeyQuery {
  boost::container::static_vector<const Value*, kMaxKeyAttributes> partition;  // of each partition attribute
  // On the first sort attributes, from the left; all but the last are equalities.
  boost::container::static_vector<KeyCondition, kMaxKeyAttributes> sort;
};
// `look_at`, when given, is called with each key attribute's name before the condition on it is checked; its error ends the
// binding. (AWS checks a starting key's attributes and the conditions by turns.)
using KeyAttributeCheck = std::function<base::Result<void, ExpressionError>(std::string_view name)>;
base::Result<KeyQuery, ExpressionError> bind_key_conditions(const KeyConditions& conditions,
                                                            const KeySchemaView& schema,
                                                            const KeyAttributeCheck& look_at = nullptr);
// Whether a sort key value satisfies the condition.
bool matches(const KeyCondition& condition, const Value& sort_key);

// Order of two values of one type among S, N, B; nullopt for anything else.
std::optional<std::strong_ordering> compare_values(const Value& a, const Value& b);

// Attribute names that must be written as #placeholders; any letter case.
bool is_reserved_word(std::string_view word);

}  // namespace millrace::table
