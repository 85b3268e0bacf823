// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
#include "shapes/dynamodb/update_item.h"

#include "engines/table/item_codec.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

struct Parsed {
  std::optional<table::Update> update;
  std::optional<table::Condition> condition;
};

Checked<void> check(const UpdateItemInput& input) {
  if (auto ok = check_mix({{"UpdateExpression", input.update_expression.has_value()},
                           {"ConditionExpression", input.condition_expression.has_value()}},
                          {{"AttributeUpdates", input.attribute_updates.has_value()},
                           {"Expected", input.expected.has_value()},
                           {"ConditionalOperator", input.conditional_operator.has_value()}},
                          input.expression_attribute_names.has_value(),
                          input.expression_attribute_values.has_value());
      !ok)
    return ok;
  return check_values(input.key);
}

Checked<std::optional<table::Update>> parse_legacy_update(const UpdateItemInput& input) {
  if (!input.attribute_updates) return std::optional<table::Update>();
  std::vector<table::LegacyUpdate> updates;
  for (const auto& [name, one] : *input.attribute_updates) {
    table::LegacyUpdate& update = updates.emplace_back();
    update.name = name;
    if (one.action) update.action = *one.action;
    if (one.value) update.value = &*one.value;
  }
  auto update = table::update_from_attribute_updates(updates);
  if (!update) return base::fail(to_service_error(update.error()));
  if (updates.empty()) return std::optional<table::Update>();
  return std::optional<table::Update>(std::move(*update));
}

Checked<Parsed> parse(const UpdateItemInput& input, table::Placeholders& placeholders) {
  if (auto ok = check(input); !ok) return base::fail(std::move(ok.error()));
  Parsed parsed;
  auto legacy_update = parse_legacy_update(input);
  if (!legacy_update) return base::fail(std::move(legacy_update.error()));
  auto expected = parse_expected(input.expected, input.conditional_operator);
  if (!expected) return base::fail(std::move(expected.error()));
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  parsed.update = std::move(*legacy_update);
  if (input.update_expression) {
    auto update = table::parse_update(*input.update_expression, placeholders);
    if (!update) return base::fail(to_service_error(update.error()));
    parsed.update = std::move(*update);
  }
  auto condition = parse_write_condition(input.condition_expression, placeholders);
  if (!condition) return base::fail(std::move(condition.error()));
  parsed.condition = *condition ? std::move(*condition) : std::move(*expected);
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  return parsed;
}

// The parts of a stored item that the update names, or nothing when it names none of them.
std::optional<wire::RawJson> updated_part(const std::optional<table::Update>& update,
                                          const std::optional<std::string>& stored) {
  if (!stored || stored->empty() || !update) return std::nullopt;
  auto item = table::decode_stored(*stored);
  if (!item) return std::nullopt;
  const table::Item part = update->updated_attributes(*item);
  if (part.members.empty()) return std::nullopt;
  return wire::RawJson{table::to_json(part)};
}

std::optional<wire::RawJson> attributes(const std::optional<std::string>& wanted,
                                        const std::optional<table::Update>& update,
                                        const table::WriteOutcome& done) {
  if (!wanted || *wanted == "NONE") return std::nullopt;
  if (*wanted == "ALL_OLD") {
    if (!done.old_stored) return std::nullopt;
    return wire::RawJson{std::string(table::stored_json(*done.old_stored))};
  }
  if (*wanted == "ALL_NEW") {
    if (done.new_stored.empty()) return std::nullopt;
    return wire::RawJson{std::string(table::stored_json(done.new_stored))};
  }
  if (*wanted == "UPDATED_OLD") return updated_part(update, done.old_stored);
  return updated_part(update, done.new_stored);
}

}  // namespace

Answer<UpdateItemOutput> update_item(DynamoDb& service, const wire::RequestContext& context,
                                     UpdateItemInput input) {
  table::Placeholders placeholders =
      make_placeholders(input.expression_attribute_names, input.expression_attribute_values);
  auto parsed = parse(input, placeholders);
  if (!parsed) co_return base::fail(std::move(parsed.error()));
  auto table = co_await find_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if (auto ok = check_paths(parsed->condition, **table); !ok) co_return base::fail(std::move(ok.error()));

  table::ItemWrite write;
  write.kind = table::WriteKind::kUpdate;
  write.item = &input.key;
  write.update = parsed->update ? &*parsed->update : nullptr;
  write.condition = parsed->condition ? &*parsed->condition : nullptr;
  auto done = co_await service.tables.items().write(*table, write);
  if (!done)
    co_return base::fail(
        metered(service, context, **table,
                to_service_error(std::move(done.error()),
                                 error_item(input.return_values_on_condition_check_failure))));
  TableCost cost;
  cost.write_units = write_units_of(*done);
  meter(service, context, *done->table, cost);

  UpdateItemOutput output;
  output.attributes = attributes(input.return_values, parsed->update, *done);
  output.consumed_capacity = write_capacity(*done, input.return_consumed_capacity);
  output.item_collection_metrics =
      collection_metrics(*done->table, input.key, input.return_item_collection_metrics);
  co_return output;
}

}  // namespace millrace::dynamodb
