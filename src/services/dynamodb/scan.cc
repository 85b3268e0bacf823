// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
#include "shapes/dynamodb/scan.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/page_parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

constexpr PageWords kWords{"Scanning", "ScanFilter"};

struct Parsed {
  std::optional<table::Condition> filter;
  std::optional<table::Projection> projection;
};

Checked<void> check_segments(const ScanInput& input) {
  if (input.segment && !input.total_segments)
    return refuse(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter "
        "is present");
  if (!input.total_segments) return {};
  if (!input.segment)
    return refuse(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments "
        "is present");
  if (*input.segment >= *input.total_segments)
    return refuse(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
        std::to_string(*input.segment) +
        " is not less than TotalSegments: " + std::to_string(*input.total_segments));
  return {};
}

Checked<void> check(const ScanInput& input) {
  if (auto ok = check_mix({{"ProjectionExpression", input.projection_expression.has_value()},
                           {"FilterExpression", input.filter_expression.has_value()}},
                          {{"AttributesToGet", input.attributes_to_get.has_value()},
                           {"ScanFilter", input.scan_filter.has_value()},
                           {"ConditionalOperator", input.conditional_operator.has_value()}},
                          input.expression_attribute_names.has_value(),
                          input.expression_attribute_values.has_value());
      !ok)
    return ok;
  return check_attributes(input.attributes_to_get);
}

Checked<Parsed> parse(const ScanInput& input, table::Placeholders& placeholders) {
  if (auto ok = check(input); !ok) return base::fail(std::move(ok.error()));
  auto legacy_filter = parse_legacy_filter(input.scan_filter, input.conditional_operator);
  if (!legacy_filter) return base::fail(std::move(legacy_filter.error()));
  if (auto ok = check_start_values(input.exclusive_start_key); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_segments(input); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
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
  return Parsed{*filter ? std::move(*filter) : std::move(*legacy_filter), std::move(*projection)};
}

}  // namespace

Answer<ScanOutput> scan(DynamoDb& service, const wire::RequestContext& context, ScanInput input) {
  table::Placeholders placeholders =
      make_placeholders(input.expression_attribute_names, input.expression_attribute_values);
  auto parsed = parse(input, placeholders);
  if (!parsed) co_return base::fail(std::move(parsed.error()));
  auto table = co_await find_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  const bool consistent = input.consistent_read.value_or(false);
  if (auto ok = check_index(**table, input.index_name, consistent); !ok)
    co_return base::fail(std::move(ok.error()));
  const table::IndexDefinition* index = input.index_name ? (*table)->find_index(*input.index_name) : nullptr;
  if (input.exclusive_start_key) {
    if (auto ok = table::check_index_start(**table, index, *input.exclusive_start_key); !ok)
      co_return base::fail(to_service_error(ok.error()));
  }
  auto whole = check_index_selection(index, **table, input.select, parsed->projection);
  if (!whole) co_return base::fail(std::move(whole.error()));

  table::PageRequest request;
  if (input.index_name) request.index_name = *input.index_name;
  request.segment = static_cast<std::uint32_t>(input.segment.value_or(0));
  request.total_segments = static_cast<std::uint32_t>(input.total_segments.value_or(1));
  request.limit = static_cast<std::size_t>(input.limit.value_or(0));
  request.start_key = input.exclusive_start_key ? &*input.exclusive_start_key : nullptr;
  request.filter = parsed->filter ? &*parsed->filter : nullptr;
  request.projection = parsed->projection ? &*parsed->projection : nullptr;
  request.count_only = input.select == "COUNT";
  request.consistent = consistent;
  request.fetch_whole_items = *whole;
  std::optional<wire::ServiceError> refused;
  const table::Pages::Check check_table = [&](const table::TableDefinition& definition,
                                              const table::IndexDefinition*) {
    auto ok = check_paths(parsed->projection, definition);
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
  auto output = page_output<ScanOutput>(*page, request.count_only);
  output.consumed_capacity =
      page_capacity(*table, input.index_name, *page, input.return_consumed_capacity, consistent);
  co_return output;
}

}  // namespace millrace::dynamodb
