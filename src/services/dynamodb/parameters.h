// The checks and parses that many operations share, in AWS's order: the mix of expressions with the parameters from before
// them, attribute values, placeholders, conditions, projections.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/table/expression.h"
#include "engines/table/item_validation.h"
#include "engines/table/legacy.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/errors.h"
#include "shapes/dynamodb/types/condition.h"
#include "shapes/dynamodb/types/expected_attribute_value.h"

namespace millrace::dynamodb {

using Names = std::map<std::string, std::string, std::less<>>;
using ExpectedMap = std::map<std::string, ExpectedAttributeValue, std::less<>>;
using ConditionMap = std::map<std::string, Condition, std::less<>>;

// A member of the request that may or may not be there.
struct Member {
  std::string_view name;
  bool present;
};
// `expressions` in AWS's order; those that may use values are all but ProjectionExpression.
Checked<void> check_mix(std::initializer_list<Member> expressions,
                        std::initializer_list<Member> non_expressions, bool has_names, bool has_values);

// The first bad value of an item or key.
Checked<void> check_values(const table::Item& item);
// RequestItems of a batch.
template <class Map>
Checked<void> check_not_empty(const Map& request_items) {
  if (!request_items.empty()) return {};
  return refuse(
      "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must "
      "have "
      "length greater than or equal to 1");
}
// At most 400 KB.
Checked<void> check_size(const table::Item& item);

table::Placeholders make_placeholders(const std::optional<Names>& names,
                                      const std::optional<table::Map>& values);
Checked<void> check_placeholders(const table::Placeholders& placeholders);
Checked<void> check_all_used(const table::Placeholders& placeholders);

// ConditionExpression, or Expected with its ConditionalOperator. Empty when the request has neither.
Checked<std::optional<table::Condition>> parse_write_condition(const std::optional<std::string>& expression,
                                                               table::Placeholders& placeholders);
Checked<std::optional<table::Condition>> parse_expected(
    const std::optional<ExpectedMap>& expected, const std::optional<std::string>& conditional_operator);
// FilterExpression, or QueryFilter / ScanFilter.
Checked<std::optional<table::Condition>> parse_filter(const std::optional<std::string>& expression,
                                                      table::Placeholders& placeholders);
Checked<std::optional<table::Condition>> parse_legacy_filter(
    const std::optional<ConditionMap>& filter, const std::optional<std::string>& conditional_operator);
std::vector<table::LegacyCondition> legacy_conditions(const ConditionMap& conditions);
// ProjectionExpression, or AttributesToGet.
Checked<std::optional<table::Projection>> parse_projection(const std::optional<std::string>& expression,
                                                           table::Placeholders& placeholders);
Checked<std::optional<table::Projection>> parse_attributes(
    const std::optional<std::vector<std::string>>& attributes);
// Empty and repeated names of AttributesToGet.
Checked<void> check_attributes(const std::optional<std::vector<std::string>>& attributes);

// Paths may not look inside key attributes.
Checked<void> check_paths(const std::optional<table::Projection>& projection,
                          const table::TableDefinition& table);
Checked<void> check_paths(const std::optional<table::Condition>& condition,
                          const table::TableDefinition& table);

}  // namespace millrace::dynamodb
