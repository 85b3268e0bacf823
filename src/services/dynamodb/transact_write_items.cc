// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
#include "shapes/dynamodb/transact_write_items.h"

#include <map>
#include <memory>
#include <set>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_meters.h"
#include "services/dynamodb/transactions.h"

namespace millrace::dynamodb {
namespace {

// One item of the transaction, whichever its kind. Views and pointers into the request.
struct Asked {
  table::WriteKind kind = table::WriteKind::kPut;
  std::string_view table_name;
  const table::Map* item = nullptr;
  const std::string* update = nullptr;
  const std::string* condition = nullptr;
  const std::optional<Names>* names = nullptr;
  const std::optional<table::Map>* values = nullptr;
  bool wants_old = false;

  // Parsed; stays where it is while the write refers to it.
  std::optional<table::Condition> parsed_condition;
  std::optional<table::Update> parsed_update;
};
using AskedItems = std::vector<std::unique_ptr<Asked>>;

template <class Action>
std::unique_ptr<Asked> ask(table::WriteKind kind, const Action& action, const table::Map& item) {
  auto asked = std::make_unique<Asked>();
  asked->kind = kind;
  asked->table_name = action.table_name;
  asked->item = &item;
  asked->names = &action.expression_attribute_names;
  asked->values = &action.expression_attribute_values;
  asked->wants_old = action.return_values_on_condition_check_failure == "ALL_OLD";
  return asked;
}

std::unique_ptr<Asked> read(const TransactWriteItem& item) {
  const int actions = item.condition_check.has_value() + item.put.has_value() + item.delete_.has_value() +
                      item.update.has_value();
  if (actions != 1) return nullptr;
  const auto with_condition = [](std::unique_ptr<Asked> asked, const std::optional<std::string>& condition) {
    if (condition) asked->condition = &*condition;
    return asked;
  };
  if (item.put)
    return with_condition(ask(table::WriteKind::kPut, *item.put, item.put->item),
                          item.put->condition_expression);
  if (item.delete_)
    return with_condition(ask(table::WriteKind::kDelete, *item.delete_, item.delete_->key),
                          item.delete_->condition_expression);
  if (item.update) {
    auto asked = with_condition(ask(table::WriteKind::kUpdate, *item.update, item.update->key),
                                item.update->condition_expression);
    asked->update = &item.update->update_expression;
    return asked;
  }
  auto asked = ask(table::WriteKind::kCheck, *item.condition_check, item.condition_check->key);
  asked->condition = &item.condition_check->condition_expression;
  return asked;
}

Checked<void> parse(Asked& asked) {
  const bool is_update = asked.kind == table::WriteKind::kUpdate;
  const Member update{"UpdateExpression", asked.update != nullptr};
  const Member condition{"ConditionExpression", asked.condition != nullptr};
  auto mixed = is_update
                   ? check_mix({update, condition}, {}, asked.names->has_value(), asked.values->has_value())
                   : check_mix({condition}, {}, asked.names->has_value(), asked.values->has_value());
  if (!mixed) return mixed;
  if (auto ok = check_values(*asked.item); !ok) return ok;
  table::Placeholders placeholders = make_placeholders(*asked.names, *asked.values);
  if (auto ok = check_placeholders(placeholders); !ok) return ok;
  if (asked.update) {
    auto parsed = table::parse_update(*asked.update, placeholders);
    if (!parsed) return base::fail(to_service_error(parsed.error()));
    asked.parsed_update = std::move(*parsed);
  }
  if (asked.condition) {
    auto parsed = table::parse_condition(table::ConditionKind::kCondition, *asked.condition, placeholders);
    if (!parsed) return base::fail(to_service_error(parsed.error()));
    asked.parsed_condition = std::move(*parsed);
  }
  return check_all_used(placeholders);
}

Checked<AskedItems> parse(const TransactWriteItemsInput& input) {
  AskedItems items;
  for (const TransactWriteItem& one : input.transact_items) {
    auto asked = read(one);
    if (!asked) return refuse("TransactItems can only contain one of Check, Put, Update or Delete");
    if (auto ok = parse(*asked); !ok) return base::fail(std::move(ok.error()));
    items.push_back(std::move(asked));
  }
  return items;
}

table::ItemWrite to_write(const Asked& asked) {
  table::ItemWrite write;
  write.kind = asked.kind;
  write.item = asked.item;
  write.update = asked.parsed_update ? &*asked.parsed_update : nullptr;
  write.condition = asked.parsed_condition ? &*asked.parsed_condition : nullptr;
  return write;
}

// Of everything that makes this request this request.
std::string fingerprint(const AskedItems& items) {
  std::string all;
  for (const auto& asked : items) {
    all += static_cast<char>('0' + static_cast<int>(asked->kind));
    all.append(asked->table_name).append(1, '\n');
    table::append_json(all, *asked->item);
    for (const std::string* text : {asked->update, asked->condition})
      all.append(text ? *text : std::string()).append(1, '\n');
    if (asked->names->has_value()) {
      for (const auto& [placeholder, name] : **asked->names)
        all.append(placeholder).append(1, '=').append(name).append(1, '\n');
    }
    if (asked->values->has_value()) table::append_json(all, **asked->values);
  }
  return base::sha256(all);
}

void drop_items_not_asked_for(const AskedItems& items, table::TableError& error) {
  for (std::size_t i = 0; i < error.reasons.size(); ++i) {
    if (!items[i]->wants_old) error.reasons[i].item.clear();
  }
}

TransactWriteItemsOutput make_output(const TransactWriteItemsInput& input, const AskedItems& items,
                                     const table::TransactionOutcome& done) {
  TransactWriteItemsOutput output;
  TransactionMeter meter(input.return_consumed_capacity);
  for (std::size_t i = 0; i < done.writes.size(); ++i) {
    const table::WriteOutcome& write = done.writes[i];
    meter.of(write.table).write(write, 2);
    if (items[i]->kind == table::WriteKind::kCheck) continue;
    auto metrics = collection_metrics(*write.table, *items[i]->item, input.return_item_collection_metrics);
    if (!metrics) continue;
    if (!output.item_collection_metrics) output.item_collection_metrics.emplace();
    (*output.item_collection_metrics)[write.table->name.name].push_back(std::move(*metrics));
  }
  output.consumed_capacity = meter.result(TransactionMeter::Kind::kWrite);
  return output;
}

}  // namespace

Answer<TransactWriteItemsOutput> transact_write_items(DynamoDb& service, const wire::RequestContext& context,
                                                      TransactWriteItemsInput input) {
  auto items = parse(input);
  if (!items) co_return base::fail(std::move(items.error()));
  std::vector<table::TableWrite> writes;
  for (const auto& asked : *items) {
    auto table = co_await find_table(service, context, asked->table_name);
    if (!table) co_return base::fail(std::move(table.error()));
    if (auto ok = check_paths(asked->parsed_condition, **table); !ok)
      co_return base::fail(std::move(ok.error()));
    writes.push_back({*table, to_write(*asked)});
  }
  if (auto ok = check_distinct(writes); !ok) co_return base::fail(std::move(ok.error()));
  std::optional<table::IdempotencyToken> token;
  if (input.client_request_token)
    token = table::IdempotencyToken{context.account(), context.region, *input.client_request_token,
                                    fingerprint(*items)};
  auto done = co_await service.tables.items().write_all(std::move(writes), table::Items::Refusals::kReasons,
                                                        std::move(token));
  if (!done) {
    drop_items_not_asked_for(*items, done.error());
    co_return base::fail(to_service_error(std::move(done.error())));
  }
  TableCosts costs;
  for (const table::WriteOutcome& write : done->writes)
    costs.of(*write.table).write_units += write_units_of(write) * 2;
  costs.tell(service, context);
  co_return make_output(input, *items, *done);
}

}  // namespace millrace::dynamodb
