// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
#include "shapes/dynamodb/batch_execute_statement.h"

#include "engines/table/item_codec.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/partiql_plan.h"
#include "services/dynamodb/transactions.h"

namespace millrace::dynamodb {
namespace {

// "ResourceNotFoundException" is "ResourceNotFound" here; a ValidationException is a "ValidationError".
BatchStatementError to_statement_error(wire::ServiceError error) {
  BatchStatementError out;
  std::string code = std::move(error.code);
  constexpr std::string_view kException = "Exception";
  if (code == "ValidationException") code = "ValidationError";
  if (code.ends_with(kException)) code.resize(code.size() - kException.size());
  out.code = std::move(code);
  out.message = std::move(error.message);
  return out;
}

struct Context {
  DynamoDb& service;
  const wire::RequestContext& request;
  TransactionMeter& meter;
};

Answer<std::string> select(const Context& context, table::DefinitionPtr table,
                           const partiql::Statement& statement, bool consistent) {
  auto key = partiql::whole_key(statement, *table);
  if (!key) co_return base::fail(std::move(key.error()));
  auto found = co_await context.service.tables.items().get(table, *key, consistent);
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  context.meter.of(table).read(*found ? table::stored_size(**found) : 0, consistent);
  if (!*found) co_return std::string();
  auto item = table::decode_stored(**found);
  if (!item) co_return base::fail(wire::internal_error());
  auto selected = partiql::select_from(statement, *table, std::move(*item));
  if (!selected) co_return base::fail(std::move(selected.error()));
  co_return *selected ? table::to_json(**selected) : std::string();
}

// The item to return, as JSON, or an empty string.
Answer<std::string> run(const Context& context, const BatchStatementRequest& request,
                        std::string& table_name) {
  auto statement = partiql::parse_checked(request.statement, request.parameters);
  if (!statement) co_return base::fail(std::move(statement.error()));
  table_name = (*statement)->table;
  auto table = co_await find_table(context.service, context.request, table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if ((*statement)->verb == partiql::Verb::kSelect) {
    auto selected = co_await select(context, *table, **statement, request.consistent_read.value_or(false));
    co_return selected;
  }
  auto plan = partiql::plan_write(std::move(*statement), *table);
  if (!plan) co_return base::fail(std::move(plan.error()));
  auto done = co_await context.service.tables.items().write(*table, (*plan)->write);
  if (!done)
    co_return base::fail(to_service_error(std::move(done.error()),
                                          error_item(request.return_values_on_condition_check_failure)));
  context.meter.of(*table).write(*done);
  co_return partiql::returned(**plan, *done);
}

}  // namespace

Answer<BatchExecuteStatementOutput> batch_execute_statement(DynamoDb& service,
                                                            const wire::RequestContext& context,
                                                            BatchExecuteStatementInput input) {
  TransactionMeter meter(input.return_consumed_capacity);
  const Context shared{service, context, meter};
  BatchExecuteStatementOutput output;
  output.responses.emplace();
  for (const BatchStatementRequest& request : input.statements) {
    std::string table_name;
    auto item = co_await run(shared, request, table_name);
    BatchStatementResponse& response = output.responses->emplace_back();
    if (!table_name.empty()) response.table_name = table_name;
    if (!item)
      response.error = to_statement_error(std::move(item.error()));
    else if (!item->empty())
      response.item = wire::RawJson{std::move(*item)};
  }
  output.consumed_capacity = meter.result();
  co_return output;
}

}  // namespace millrace::dynamodb
