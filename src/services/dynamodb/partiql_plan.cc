#include "services/dynamodb/partiql_plan.h"

#include <algorithm>

#include "engines/table/item_codec.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/page_parameters.h"

namespace millrace::dynamodb::partiql {
namespace {

using table::Comparison;

const Conjunct* find_equality(const Statement& statement, std::string_view attribute) {
  const auto found = std::ranges::find_if(statement.where, [&](const Conjunct& one) {
    return one.attribute == attribute && one.comparison == Comparison::kEq;
  });
  return found == statement.where.end() ? nullptr : &*found;
}

// What a Query can take for a sort key.
const Conjunct* find_sort_condition(const Statement& statement, std::string_view attribute) {
  const auto found = std::ranges::find_if(statement.where, [&](const Conjunct& one) {
    return one.attribute == attribute && one.comparison && *one.comparison != Comparison::kNe &&
           *one.comparison != Comparison::kIn;
  });
  return found == statement.where.end() ? nullptr : &*found;
}

// WHERE without the conjuncts that the key took.
std::string rest_of_where(const Statement& statement, std::initializer_list<const Conjunct*> taken) {
  std::string text;
  for (const Conjunct& one : statement.where) {
    if (std::ranges::find(taken, &one) != taken.end()) continue;
    text.append(text.empty() ? "(" : " AND (").append(one.text).append(")");
  }
  return text;
}

// PartiQL's refusals do not name an expression that nobody wrote: "Invalid FilterExpression: ..." is without its first words. And
// operators are "operators or functions".
wire::ServiceError plain_error(const table::ExpressionError& error) {
  constexpr std::string_view kEnd = "Expression: ";
  constexpr std::string_view kOperator = "; operator: ";
  std::string message = error.message;
  const std::size_t end = message.find(kEnd);
  if (message.starts_with("Invalid ") && end != std::string::npos) message.erase(0, end + kEnd.size());
  const std::size_t at = message.find(kOperator);
  if (at != std::string::npos) message.replace(at, kOperator.size(), "; operator or function: ");
  return to_service_error(table::ExpressionError{std::move(message)});
}

Checked<std::optional<table::Condition>> parse_rest(const Statement& statement, const std::string& text,
                                                    table::ConditionKind kind) {
  if (text.empty()) return std::optional<table::Condition>();
  table::Placeholders placeholders(&statement.names, &statement.values);
  auto parsed = table::parse_condition(kind, text, placeholders);
  if (!parsed) return base::fail(plain_error(parsed.error()));
  return std::optional<table::Condition>(std::move(*parsed));
}

struct KeyConjuncts {
  const Conjunct* partition = nullptr;
  const Conjunct* sort = nullptr;
};

Checked<KeyConjuncts> key_conjuncts(const Statement& statement, const table::KeySchema& keys) {
  KeyConjuncts found;
  found.partition = find_equality(statement, keys.partition.name);
  if (keys.sort) found.sort = find_equality(statement, keys.sort->name);
  if (!found.partition || (keys.sort && !found.sort))
    return refuse("Where clause does not contain a mandatory equality on all key attributes");
  return found;
}

table::Item key_item(const Statement& statement, const table::KeySchema& keys,
                     const KeyConjuncts& conjuncts) {
  table::Item key;
  key.set(keys.partition.name, *statement.values.find(conjuncts.partition->values[0]));
  if (keys.sort) key.set(keys.sort->name, *statement.values.find(conjuncts.sort->values[0]));
  return key;
}

// a.b[0] is returned as b.
table::Item pick(const Statement& statement, const table::Projection& projection, const table::Item& item) {
  table::Item out;
  for (std::size_t i = 0; i < statement.select.size(); ++i) {
    if (const table::Value* value = table::find_path(item, projection.path(i)))
      out.set(statement.select[i].name, *value);
  }
  return out;
}

Checked<table::Projection> parse_select_list(const Statement& statement) {
  std::string text;
  for (const SelectItem& one : statement.select)
    text.append(text.empty() ? "" : ", ").append(one.path);
  table::Placeholders placeholders(&statement.names, &statement.values);
  auto parsed = table::parse_projection(text, placeholders);
  if (!parsed) return base::fail(plain_error(parsed.error()));
  return std::move(*parsed);
}

table::WriteKind kind_of(Verb verb) {
  switch (verb) {
    case Verb::kInsert:
      return table::WriteKind::kPut;
    case Verb::kUpdate:
      return table::WriteKind::kUpdate;
    case Verb::kDelete:
      return table::WriteKind::kDelete;
    default:
      return table::WriteKind::kCheck;
  }
}

Checked<void> plan_by_key(WritePlan& plan) {
  Statement& statement = *plan.statement;
  auto conjuncts = key_conjuncts(statement, plan.table->keys);
  if (!conjuncts) return base::fail(std::move(conjuncts.error()));
  plan.item = key_item(statement, plan.table->keys, *conjuncts);
  std::string condition = rest_of_where(statement, {conjuncts->partition, conjuncts->sort});
  // An update changes what is there; it makes no items.
  if (statement.verb != Verb::kDelete) {
    statement.names["#key"] = plan.table->keys.partition.name;
    condition.append(condition.empty() ? "" : " AND ").append("attribute_exists(#key)");
  }
  auto parsed = parse_rest(statement, condition, table::ConditionKind::kCondition);
  if (!parsed) return base::fail(std::move(parsed.error()));
  plan.condition = std::move(*parsed);
  if (statement.verb != Verb::kUpdate) return {};
  table::Placeholders placeholders(&statement.names, &statement.values);
  auto update = table::parse_update(statement.update, placeholders);
  if (!update) return base::fail(plain_error(update.error()));
  plan.update = std::move(*update);
  return {};
}

// What of WHERE picks partitions, and a range within each.
struct KeyUse {
  const Conjunct* partition = nullptr;  // an equality or IN
  const Conjunct* sort = nullptr;
};

bool has_only_values(const Statement& statement, const Conjunct& one) {
  return std::ranges::all_of(one.values,
                             [&](const std::string& text) { return statement.values.find(text) != nullptr; });
}

KeyUse find_keys(const Statement& statement, const table::KeySchema& keys) {
  KeyUse use;
  use.partition = find_equality(statement, keys.partition.name);
  if (!use.partition) {
    const auto in = std::ranges::find_if(statement.where, [&](const Conjunct& one) {
      return one.attribute == keys.partition.name && one.comparison == Comparison::kIn &&
             has_only_values(statement, one);
    });
    if (in != statement.where.end()) use.partition = &*in;
  }
  if (use.partition && keys.sort) use.sort = find_sort_condition(statement, keys.sort->name);
  return use;
}

Checked<void> add_lookup(const Statement& statement, const std::string& text, SelectPlan& plan) {
  auto condition = parse_rest(statement, text, table::ConditionKind::kKeyCondition);
  if (!condition) return base::fail(std::move(condition.error()));
  auto lookup = std::make_unique<Lookup>(Lookup{std::move(**condition), {}});
  auto keys = table::key_conditions_of(lookup->condition);
  if (!keys) return base::fail(plain_error(keys.error()));
  lookup->keys = std::move(*keys);
  plan.lookups.push_back(std::move(lookup));
  return {};
}

Checked<void> plan_lookups(const Statement& statement, const KeyUse& use, SelectPlan& plan) {
  if (!use.partition) return {};
  const std::string rest = use.sort ? " AND " + use.sort->text : "";
  if (use.partition->comparison == Comparison::kEq)
    return add_lookup(statement, use.partition->text + rest, plan);
  const auto name = std::ranges::find_if(
      statement.names, [&](const auto& entry) { return entry.second == use.partition->attribute; });
  std::vector<const table::Value*> seen;
  for (const std::string& placeholder : use.partition->values) {
    const table::Value* value = statement.values.find(placeholder);
    if (std::ranges::any_of(seen, [value](const table::Value* other) { return *other == *value; })) continue;
    seen.push_back(value);
    if (auto ok = add_lookup(statement, name->first + " = " + placeholder + rest, plan); !ok) return ok;
  }
  return {};
}

// The index that is read, null for the table; in the words that PartiQL has for what Query says otherwise.
Checked<const table::IndexDefinition*> find_index(const Statement& statement,
                                                  const table::TableDefinition& table, bool consistent) {
  if (statement.index.empty()) return nullptr;
  const table::IndexDefinition* index = table.find_index(statement.index);
  if (!index) return refuse("The table does not have the specified index");
  if (index->global && consistent)
    return refuse("Strongly consistent read is not supported on Global Secondary Indexes");
  // As on AWS, which reads such an index with Query and Scan only.
  if (index->keys.is_multi_attribute())
    return refuse("PartiQL statements cannot read an index with multi-attribute keys: " + index->name);
  return index;
}

// What of each item is returned, and whether a local index has to fetch it from the table.
Checked<void> plan_selection(const table::IndexDefinition* index, const table::TableDefinition& table,
                             SelectPlan& plan) {
  const Statement& statement = *plan.statement;
  if (statement.select.empty()) return {};
  auto parsed = parse_select_list(statement);
  if (!parsed) return base::fail(std::move(parsed.error()));
  const std::optional<table::Projection> projection(std::move(*parsed));
  auto whole = check_index_selection(index, table, std::nullopt, projection);
  if (!whole) return base::fail(std::move(whole.error()));
  plan.request.fetch_whole_items = *whole;
  auto shared = std::make_shared<const std::optional<table::Projection>>(projection);
  plan.reshape = [&statement, shared](const table::Item& item) { return pick(statement, **shared, item); };
  plan.request.reshape = &plan.reshape;
  return {};
}

Checked<void> plan_order(const Statement& statement, const table::KeySchema& keys, bool is_query,
                         table::PageRequest& request) {
  if (!statement.order_by) return {};
  if (!is_query)
    return refuse(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  if (!keys.has(*statement.order_by))
    return refuse("Variable reference " + *statement.order_by +
                  " in ORDER BY clause must be part of the primary key");
  request.forward = !statement.descending;
  return {};
}

}  // namespace

Checked<std::unique_ptr<Statement>> parse_checked(
    std::string_view text, const std::optional<std::vector<table::Value>>& parameters) {
  static const std::vector<table::Value> kNone;
  const std::vector<table::Value>& given = parameters ? *parameters : kNone;
  for (const table::Value& value : given) {
    if (const table::Invalid* invalid = table::first_invalid(value)) return refuse(invalid->message);
  }
  auto statement = parse_statement(text, given);
  if (!statement) return refuse(std::move(statement.error()));
  return std::make_unique<Statement>(std::move(*statement));
}

Checked<std::unique_ptr<WritePlan>> plan_write(std::unique_ptr<Statement> statement,
                                               table::DefinitionPtr table) {
  auto plan = std::make_unique<WritePlan>();
  plan->statement = std::move(statement);
  plan->table = std::move(table);
  if (!plan->statement->index.empty()) return refuse("This operation is not supported on an index");
  if (plan->statement->verb == Verb::kInsert) {
    plan->item = plan->statement->item;
    plan->write.must_be_new = true;
  } else if (auto ok = plan_by_key(*plan); !ok) {
    return base::fail(std::move(ok.error()));
  }
  plan->write.kind = kind_of(plan->statement->verb);
  plan->write.item = &plan->item;
  plan->write.condition = plan->condition ? &*plan->condition : nullptr;
  plan->write.update = plan->update ? &*plan->update : nullptr;
  return plan;
}

std::string returned(const WritePlan& plan, const table::WriteOutcome& outcome) {
  const Returning wanted = plan.statement->returning;
  if (wanted == Returning::kNone) return {};
  const bool old = wanted == Returning::kAllOld || wanted == Returning::kModifiedOld;
  const std::string stored = old ? outcome.old_stored.value_or("") : outcome.new_stored;
  if (stored.empty()) return {};
  if (wanted == Returning::kAllOld || wanted == Returning::kAllNew || !plan.update)
    return std::string(table::stored_json(stored));
  auto item = table::decode_stored(stored);
  return item ? table::to_json(plan.update->updated_attributes(*item)) : std::string();
}

Checked<std::unique_ptr<SelectPlan>> plan_select(std::unique_ptr<Statement> parsed,
                                                 const table::TableDefinition& table, bool consistent) {
  auto plan = std::make_unique<SelectPlan>();
  plan->statement = std::move(parsed);
  const Statement& statement = *plan->statement;
  auto index = find_index(statement, table, consistent);
  if (!index) return base::fail(std::move(index.error()));
  const table::KeySchema& keys = *index ? (*index)->keys : table.keys;
  const KeyUse use = find_keys(statement, keys);
  if (auto ok = plan_lookups(statement, use, *plan); !ok) return base::fail(std::move(ok.error()));
  auto filter = parse_rest(statement, rest_of_where(statement, {use.partition, use.sort}),
                           table::ConditionKind::kFilter);
  if (!filter) return base::fail(std::move(filter.error()));
  plan->filter = std::move(*filter);
  if (use.partition) {
    if (auto ok = check_filter_projected(*index, table, plan->filter); !ok)
      return base::fail(std::move(ok.error()));
  }
  plan->request.filter = plan->filter ? &*plan->filter : nullptr;
  plan->request.index_name = statement.index;
  const bool is_query = use.partition && use.partition->comparison == Comparison::kEq;
  if (auto ok = plan_order(statement, keys, is_query, plan->request); !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = plan_selection(*index, table, *plan); !ok) return base::fail(std::move(ok.error()));
  return plan;
}

Checked<table::Item> whole_key(const Statement& statement, const table::TableDefinition& table) {
  if (!statement.index.empty()) return refuse("Select statements within this operation may not use an index");
  auto conjuncts = key_conjuncts(statement, table.keys);
  if (!conjuncts) return base::fail(std::move(conjuncts.error()));
  return key_item(statement, table.keys, *conjuncts);
}

Checked<std::optional<table::Item>> select_from(const Statement& statement,
                                                const table::TableDefinition& table, table::Item item) {
  auto conjuncts = key_conjuncts(statement, table.keys);
  if (!conjuncts) return base::fail(std::move(conjuncts.error()));
  auto filter = parse_rest(statement, rest_of_where(statement, {conjuncts->partition, conjuncts->sort}),
                           table::ConditionKind::kFilter);
  if (!filter) return base::fail(std::move(filter.error()));
  if (*filter && !(*filter)->matches(item)) return std::optional<table::Item>();
  if (statement.select.empty()) return std::optional<table::Item>(std::move(item));
  auto projection = parse_select_list(statement);
  if (!projection) return base::fail(std::move(projection.error()));
  return std::optional<table::Item>(pick(statement, *projection, item));
}

}  // namespace millrace::dynamodb::partiql
