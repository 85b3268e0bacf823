// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
#include "shapes/dynamodb/query.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/page_parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

constexpr PageWords kWords{"Querying", "QueryFilter"};

struct Parsed {
  std::optional<table::Condition> key_condition;
  std::optional<table::KeyConditions> legacy_keys;
  std::optional<table::Condition> filter;
  std::optional<table::Projection> projection;
};

Checked<void> check(const QueryInput& input) {
  // KeyConditions may stand beside a FilterExpression.
  const bool keys_clash = input.key_conditions && input.key_condition_expression;
  return check_mix({{"ProjectionExpression", input.projection_expression.has_value()},
                    {"FilterExpression", input.filter_expression.has_value()},
                    {"KeyConditionExpression", input.key_condition_expression.has_value()}},
                   {{"AttributesToGet", input.attributes_to_get.has_value()},
                    {"QueryFilter", input.query_filter.has_value()},
                    {"ConditionalOperator", input.conditional_operator.has_value()},
                    {"KeyConditions", keys_clash}},
                   input.expression_attribute_names.has_value(),
                   input.expression_attribute_values.has_value());
}

// How many conditions there may be depends on the index, but a table's key never has more than two attributes.
Checked<void> check_count(const QueryInput& input, const table::KeyConditions& keys) {
  if (input.index_name || keys.conditions.size() <= 2) return {};
  return refuse("Conditions can be of length 1 or 2 only");
}

Checked<void> parse_keys(const QueryInput& input, table::Placeholders& placeholders, Parsed& parsed) {
  if (input.key_condition_expression) {
    auto condition = table::parse_condition(table::ConditionKind::kKeyCondition,
                                            *input.key_condition_expression, placeholders);
    if (!condition) return base::fail(to_service_error(condition.error()));
    parsed.key_condition = std::move(*condition);
    return {};
  }
  auto keys = table::conditions_from_key_conditions(legacy_conditions(*input.key_conditions));
  if (!keys) return base::fail(to_service_error(keys.error()));
  parsed.legacy_keys = std::move(*keys);
  return check_count(input, *parsed.legacy_keys);
}

Checked<Parsed> parse(const QueryInput& input, table::Placeholders& placeholders) {
  if (auto ok = check(input); !ok) return base::fail(std::move(ok.error()));
  auto legacy_filter = parse_legacy_filter(input.query_filter, input.conditional_operator);
  if (!legacy_filter) return base::fail(std::move(legacy_filter.error()));
  if (auto ok = check_attributes(input.attributes_to_get); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_start_values(input.exclusive_start_key); !ok) return base::fail(std::move(ok.error()));
  if (!input.key_condition_expression && !input.key_conditions)
    return refuse(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  Parsed parsed;
  if (auto ok = parse_keys(input, placeholders, parsed); !ok) return base::fail(std::move(ok.error()));
  auto filter = parse_filter(input.filter_expression, placeholders);
  if (!filter) return base::fail(std::move(filter.error()));
  auto projection = input.attributes_to_get ? parse_attributes(input.attributes_to_get)
                                            : parse_projection(input.projection_expression, placeholders);
  if (!projection) return base::fail(std::move(projection.error()));
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_select({input.select, input.projection_expression.has_value(),
                              input.attributes_to_get.has_value(), input.index_name.has_value()},
                             kWords);
      !ok)
    return base::fail(std::move(ok.error()));
  parsed.filter = *filter ? std::move(*filter) : std::move(*legacy_filter);
  parsed.projection = std::move(*projection);
  return parsed;
}

// A query's filter may not look at the keys it queries by.
Checked<void> check_filter_keys(const QueryInput& input, const std::optional<table::Condition>& filter,
                                const table::KeySchema& keys) {
  if (!filter) return {};
  std::string_view found;
  filter->visit_paths([&](table::Path path) {
    if (found.empty() && keys.has(path.front().name)) found = path.front().name;
  });
  if (found.empty()) return {};
  const std::string_view words = input.filter_expression ? "Filter Expression" : kWords.filter;
  return refuse(std::string(words) +
                " can only contain non-primary key attributes: Primary key attribute: " + std::string(found));
}

}  // namespace

Answer<QueryOutput> query(DynamoDb& service, const wire::RequestContext& context, QueryInput input) {
  table::Placeholders placeholders =
      make_placeholders(input.expression_attribute_names, input.expression_attribute_values);
  auto parsed = parse(input, placeholders);
  if (!parsed) co_return base::fail(std::move(parsed.error()));
  auto keys = parsed->key_condition
                  ? table::key_conditions_of(*parsed->key_condition)
                  : base::Result<table::KeyConditions, table::ExpressionError>(*parsed->legacy_keys);
  if (!keys) co_return base::fail(to_service_error(keys.error()));
  if (auto ok = check_count(input, *keys); !ok) co_return base::fail(std::move(ok.error()));
  auto table = co_await find_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  const bool consistent = input.consistent_read.value_or(false);
  if (auto ok = check_index(**table, input.index_name, consistent); !ok)
    co_return base::fail(std::move(ok.error()));
  const table::IndexDefinition* index = input.index_name ? (*table)->find_index(*input.index_name) : nullptr;
  auto whole = check_index_selection(index, **table, input.select, parsed->projection);

  table::PageRequest request;
  if (input.index_name) request.index_name = *input.index_name;
  request.query = &*keys;
  request.forward = input.scan_index_forward.value_or(true);
  request.limit = static_cast<std::size_t>(input.limit.value_or(0));
  request.start_key = input.exclusive_start_key ? &*input.exclusive_start_key : nullptr;
  request.filter = parsed->filter ? &*parsed->filter : nullptr;
  request.projection = parsed->projection ? &*parsed->projection : nullptr;
  request.count_only = input.select == "COUNT";
  request.consistent = consistent;
  request.fetch_whole_items = whole.value_or(false);
  std::optional<wire::ServiceError> refused;
  const table::Pages::Check check_table = [&](const table::TableDefinition& definition,
                                              const table::IndexDefinition* queried) {
    auto ok = check_paths(parsed->projection, definition);
    if (ok) ok = check_filter_keys(input, parsed->filter, queried ? queried->keys : definition.keys);
    if (ok && !whole) ok = base::fail(whole.error());
    if (ok && !*whole) ok = check_filter_projected(queried, definition, parsed->filter);
    if (ok) ok = check_paths(parsed->filter, definition);
    if (ok) return table::TableResult<void>();
    refused = std::move(ok.error());
    return table::TableResult<void>(table::table_error(table::TableErrorKind::kInvalid));
  };
  auto page = co_await service.tables.pages().read(*table, request, check_table);
  if (refused) co_return base::fail(std::move(*refused));
  if (!page)
    co_return base::fail(metered(service, context, **table, to_service_error(std::move(page.error()))));
  meter(service, context, **table, page_cost(index, *page, consistent));
  auto output = page_output<QueryOutput>(*page, request.count_only);
  output.consumed_capacity =
      page_capacity(*table, input.index_name, *page, input.return_consumed_capacity, consistent);
  co_return output;
}

}  // namespace millrace::dynamodb
