// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
#include "shapes/dynamodb/execute_statement.h"

#include "base/encoding.h"
#include "services/dynamodb/attribute_codec.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/page_parameters.h"
#include "services/dynamodb/partiql_plan.h"

namespace millrace::dynamodb {
namespace {

// A token is the last evaluated key, in base64.
Checked<std::optional<table::Item>> start_key(const std::optional<std::string>& token) {
  if (!token) return std::optional<table::Item>();
  const auto json = base::base64_decode(*token);
  wire::JsonParser parser;
  wire::DecodeErrors errors;
  table::Item key;
  if (!json || !parser.parse(*json) || !decode_attribute_map(parser.root(), key, errors))
    return refuse("Given NextToken is invalid");
  return std::optional<table::Item>(std::move(key));
}

Answer<ExecuteStatementOutput> select(DynamoDb& service, table::DefinitionPtr table,
                                      std::unique_ptr<partiql::Statement> statement,
                                      const ExecuteStatementInput& input) {
  auto plan = partiql::plan_select(std::move(statement), *table);
  if (!plan) co_return base::fail(std::move(plan.error()));
  const bool consistent = input.consistent_read.value_or(false);
  table::PageRequest& request = (*plan)->request;
  const std::string& index = (*plan)->statement->index;
  const auto index_name = index.empty() ? std::optional<std::string>() : std::optional<std::string>(index);
  if (auto ok = check_index(*table, index_name, consistent); !ok) co_return base::fail(std::move(ok.error()));
  request.consistent = consistent;
  auto start = start_key(input.next_token);
  if (!start) co_return base::fail(std::move(start.error()));
  request.start_key = *start ? &**start : nullptr;
  request.limit = static_cast<std::size_t>(input.limit.value_or(0));
  const table::Pages::Check no_more_checks =
      [](const table::TableDefinition&, const table::IndexDefinition*) { return table::TableResult<void>(); };
  auto page = co_await service.tables.pages().read(table, request, no_more_checks);
  if (!page) co_return base::fail(to_service_error(std::move(page.error())));
  ExecuteStatementOutput output;
  output.items = wire::RawJsonList(std::move(page->items), page->count);
  output.consumed_capacity =
      page_capacity(table, index_name, *page, input.return_consumed_capacity, consistent);
  if (!page->last_key.empty()) {
    output.next_token = base::base64_encode(page->last_key);
    output.last_evaluated_key = wire::RawJson{std::move(page->last_key)};
  }
  co_return output;
}

}  // namespace

Answer<ExecuteStatementOutput> execute_statement(DynamoDb& service, const wire::RequestContext& context,
                                                 ExecuteStatementInput input) {
  auto statement = partiql::parse_checked(input.statement, input.parameters);
  if (!statement) co_return base::fail(std::move(statement.error()));
  if ((*statement)->verb == partiql::Verb::kExists)
    co_return refuse("EXISTS is only supported in a transaction");
  const std::string table_name = (*statement)->table;
  auto table = co_await find_table(service, context, table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if ((*statement)->verb == partiql::Verb::kSelect) {
    auto selected = co_await select(service, *table, std::move(*statement), input);
    co_return selected;
  }
  auto plan = partiql::plan_write(std::move(*statement), *table);
  if (!plan) co_return base::fail(std::move(plan.error()));
  auto done = co_await service.tables.items().write(*table, (*plan)->write);
  if (!done)
    co_return base::fail(to_service_error(std::move(done.error()),
                                          error_item(input.return_values_on_condition_check_failure)));
  ExecuteStatementOutput output;
  output.items.emplace();
  const std::string item = partiql::returned(**plan, *done);
  if (!item.empty()) output.items->add(item);
  output.consumed_capacity = write_capacity(*done, input.return_consumed_capacity);
  co_return output;
}

}  // namespace millrace::dynamodb
