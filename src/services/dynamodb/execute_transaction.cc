// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
#include "shapes/dynamodb/execute_transaction.h"

#include <algorithm>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/partiql_plan.h"
#include "services/dynamodb/transactions.h"

namespace millrace::dynamodb {
namespace {

using Statements = std::vector<std::unique_ptr<partiql::Statement>>;

Checked<Statements> parse(const ExecuteTransactionInput& input) {
  Statements statements;
  std::size_t reads = 0;
  for (const ParameterizedStatement& one : input.transact_statements) {
    auto statement = partiql::parse_checked(one.statement, one.parameters);
    if (!statement) return base::fail(std::move(statement.error()));
    if ((*statement)->verb == partiql::Verb::kSelect) ++reads;
    statements.push_back(std::move(*statement));
  }
  if (reads != 0 && reads != statements.size())
    return refuse("Transaction contains both read and write operations; it must have only one kind");
  return statements;
}

Answer<ExecuteTransactionOutput> read_all(DynamoDb& service, const Statements& statements,
                                          const std::vector<table::DefinitionPtr>& tables,
                                          const ExecuteTransactionInput& input) {
  std::vector<table::Item> keys;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    auto key = partiql::whole_key(*statements[i], *tables[i]);
    if (!key) co_return base::fail(std::move(key.error()));
    keys.push_back(std::move(*key));
  }
  std::vector<table::TableRead> reads;
  for (std::size_t i = 0; i < keys.size(); ++i)
    reads.push_back({tables[i], &keys[i]});
  if (auto ok = check_distinct(reads); !ok) co_return base::fail(std::move(ok.error()));
  auto found = co_await service.tables.items().get_all(reads, 2);
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  ExecuteTransactionOutput output;
  output.responses.emplace();
  TransactionMeter meter(input.return_consumed_capacity);
  for (std::size_t i = 0; i < found->size(); ++i) {
    ItemResponse& response = output.responses->emplace_back();
    const std::optional<std::string>& stored = (*found)[i];
    meter.of(tables[i]).read(stored ? table::stored_size(*stored) : 0, true, 2);
    auto item = stored ? table::decode_stored(*stored) : base::fail(table::StoredError::kCorrupt);
    if (!item) continue;
    auto selected = partiql::select_from(*statements[i], *tables[i], std::move(*item));
    if (!selected) co_return base::fail(std::move(selected.error()));
    if (*selected) response.item = wire::RawJson{table::to_json(**selected)};
  }
  output.consumed_capacity = meter.result(TransactionMeter::Kind::kRead);
  co_return output;
}

std::string fingerprint(const ExecuteTransactionInput& input) {
  std::string all;
  for (const ParameterizedStatement& one : input.transact_statements) {
    all.append(one.statement).append(1, '\n');
    for (const table::Value& value : one.parameters.value_or(std::vector<table::Value>()))
      table::append_json(all, value);
  }
  return base::sha256(all);
}

Answer<ExecuteTransactionOutput> write_all(DynamoDb& service, const wire::RequestContext& context,
                                           Statements statements,
                                           const std::vector<table::DefinitionPtr>& tables,
                                           const ExecuteTransactionInput& input) {
  std::vector<std::unique_ptr<partiql::WritePlan>> plans;
  std::vector<table::TableWrite> writes;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    auto plan = partiql::plan_write(std::move(statements[i]), tables[i]);
    if (!plan) co_return base::fail(std::move(plan.error()));
    writes.push_back({tables[i], (*plan)->write});
    plans.push_back(std::move(*plan));
  }
  if (auto ok = check_distinct(writes); !ok) co_return base::fail(std::move(ok.error()));
  std::optional<table::IdempotencyToken> token;
  if (input.client_request_token)
    token = table::IdempotencyToken{context.account(), context.region, *input.client_request_token,
                                    fingerprint(input)};
  auto done = co_await service.tables.items().write_all(std::move(writes), table::Items::Refusals::kReasons,
                                                        std::move(token));
  if (!done) {
    for (std::size_t i = 0; i < done.error().reasons.size(); ++i) {
      if (input.transact_statements[i].return_values_on_condition_check_failure != "ALL_OLD")
        done.error().reasons[i].item.clear();
    }
    co_return base::fail(to_service_error(std::move(done.error())));
  }
  ExecuteTransactionOutput output;
  output.responses.emplace(plans.size());
  TransactionMeter meter(input.return_consumed_capacity);
  for (const table::WriteOutcome& write : done->writes)
    meter.of(write.table).write(write, 2);
  output.consumed_capacity = meter.result(TransactionMeter::Kind::kWrite);
  co_return output;
}

}  // namespace

Answer<ExecuteTransactionOutput> execute_transaction(DynamoDb& service, const wire::RequestContext& context,
                                                     ExecuteTransactionInput input) {
  auto statements = parse(input);
  if (!statements) co_return base::fail(std::move(statements.error()));
  std::vector<table::DefinitionPtr> tables;
  for (const auto& statement : *statements) {
    auto table = co_await find_table(service, context, statement->table);
    if (!table) co_return base::fail(std::move(table.error()));
    tables.push_back(std::move(*table));
  }
  if (statements->front()->verb == partiql::Verb::kSelect) {
    auto read = co_await read_all(service, *statements, tables, input);
    co_return read;
  }
  auto written = co_await write_all(service, context, std::move(*statements), tables, input);
  co_return written;
}

}  // namespace millrace::dynamodb
