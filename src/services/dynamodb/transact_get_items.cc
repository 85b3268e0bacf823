// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
#include "shapes/dynamodb/transact_get_items.h"

#include "engines/table/item_codec.h"
#include "engines/table/item_validation.h"
#include "engines/table/throttle.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/parameters.h"
#include "services/dynamodb/table_meters.h"
#include "services/dynamodb/transactions.h"

namespace millrace::dynamodb {
namespace {

using Projections = std::vector<std::optional<table::Projection>>;

Checked<std::optional<table::Projection>> parse(const Get& get) {
  if (auto ok = check_mix({{"ProjectionExpression", get.projection_expression.has_value()}}, {},
                          get.expression_attribute_names.has_value(), false);
      !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = check_values(get.key); !ok) return base::fail(std::move(ok.error()));
  table::Placeholders placeholders = make_placeholders(get.expression_attribute_names, {});
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  auto projection = parse_projection(get.projection_expression, placeholders);
  if (!projection) return projection;
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  return projection;
}

// Keys that do not fit their tables cancel the transaction, each in its place.
std::optional<table::TableError> check_keys(const std::vector<table::TableRead>& reads) {
  table::TableError error;
  error.kind = table::TableErrorKind::kTransactionCanceled;
  bool failed = false;
  for (const table::TableRead& read : reads) {
    table::CancelReason& reason = error.reasons.emplace_back();
    auto checked = table::check_key(*read.key, read.table->keys.view());
    if (checked) continue;
    failed = true;
    reason.code = table::CancelCode::kInvalid;
    reason.message = std::move(checked.error().message);
  }
  if (!failed) return std::nullopt;
  return error;
}

ItemResponse to_response(const std::optional<std::string>& stored,
                         const std::optional<table::Projection>& projection) {
  ItemResponse response;
  if (!stored) return response;
  if (!projection) {
    response.item = wire::RawJson{std::string(table::stored_json(*stored))};
  } else if (auto item = table::decode_stored(*stored)) {
    response.item = wire::RawJson{table::to_json(projection->apply(*item))};
  }
  return response;
}

}  // namespace

Answer<TransactGetItemsOutput> transact_get_items(DynamoDb& service, const wire::RequestContext& context,
                                                  TransactGetItemsInput input) {
  Projections projections;
  std::vector<table::TableRead> reads;
  for (const TransactGetItem& one : input.transact_items) {
    auto projection = parse(one.get);
    if (!projection) co_return base::fail(std::move(projection.error()));
    projections.push_back(std::move(*projection));
  }
  for (std::size_t i = 0; i < projections.size(); ++i) {
    const Get& get = input.transact_items[i].get;
    auto table = co_await find_table(service, context, get.table_name);
    if (!table) co_return base::fail(std::move(table.error()));
    if (auto ok = check_paths(projections[i], **table); !ok) co_return base::fail(std::move(ok.error()));
    reads.push_back({std::move(*table), &get.key});
  }
  if (auto ok = check_distinct(reads); !ok) co_return base::fail(std::move(ok.error()));
  if (auto canceled = check_keys(reads)) co_return base::fail(to_service_error(std::move(*canceled)));
  auto found = co_await service.tables.items().get_all(reads, 2);
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));

  TransactGetItemsOutput output;
  output.responses.emplace();
  TransactionMeter capacity(input.return_consumed_capacity);
  TableCosts costs;
  for (std::size_t i = 0; i < found->size(); ++i) {
    const std::optional<std::string>& stored = (*found)[i];
    costs.of(*reads[i].table).read_units +=
        table::read_units(stored ? table::stored_size(*stored) : 0, true) * 2;
    capacity.of(reads[i].table).read(stored ? table::stored_size(*stored) : 0, true, 2);
    output.responses->push_back(to_response(stored, projections[i]));
  }
  costs.tell(service, context);
  output.consumed_capacity = capacity.result(TransactionMeter::Kind::kRead);
  co_return output;
}

}  // namespace millrace::dynamodb
