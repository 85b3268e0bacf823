#include "services/dynamodb/describe.h"

#include <algorithm>
#include <charconv>

namespace millrace::dynamodb {
namespace {

// What AWS shows for tables on demand that nobody warmed.
constexpr std::int64_t kOnDemandWarmRead = 12000;
constexpr std::int64_t kOnDemandWarmWrite = 4000;

std::optional<std::string> text_setting(const table::TableDefinition& table, std::string_view name) {
  const auto found = table.settings.find(std::string(name));
  if (found == table.settings.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> number_setting(const table::TableDefinition& table, std::string_view name) {
  const auto text = text_setting(table, name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

ProvisionedThroughputDescription throughput(const table::Throughput& throughput, base::WallTime now) {
  ProvisionedThroughputDescription out;
  if (throughput.last_increase != base::WallTime{}) out.last_increase_date_time = throughput.last_increase;
  if (throughput.last_decrease != base::WallTime{}) out.last_decrease_date_time = throughput.last_decrease;
  out.number_of_decreases_today = throughput.decreases_today(now);
  out.read_capacity_units = throughput.read;
  out.write_capacity_units = throughput.write;
  return out;
}

std::optional<OnDemandThroughput> on_demand(const table::TableDefinition& table, std::string_view read,
                                            std::string_view write) {
  OnDemandThroughput out{number_setting(table, read), number_setting(table, write)};
  if (!out.max_read_request_units && !out.max_write_request_units) return std::nullopt;
  return out;
}

GlobalSecondaryIndexDescription global_index(const table::TableDefinition& table,
                                             const table::IndexDefinition& index,
                                             const table::Counters& counters, base::WallTime now) {
  GlobalSecondaryIndexDescription out;
  out.index_name = index.name;
  out.key_schema = describe_keys(index.keys);
  out.projection = describe_projection(index);
  const bool creating = index.status == table::IndexStatus::kCreating;
  out.index_status = creating ? "CREATING" : "ACTIVE";
  if (creating) out.backfilling = true;
  out.provisioned_throughput = throughput(index.throughput, now);
  out.index_size_bytes = counters.bytes;
  out.item_count = counters.items;
  out.index_arn = table.arn() + "/index/" + index.name;
  out.on_demand_throughput = on_demand(table, index_setting(setting::kMaxRead, index.name),
                                       index_setting(setting::kMaxWrite, index.name));
  const bool is_on_demand = table.billing == table::BillingMode::kPayPerRequest;
  GlobalSecondaryIndexWarmThroughputDescription warm;
  warm.read_units_per_second = number_setting(table, index_setting(setting::kWarmRead, index.name))
                                   .value_or(is_on_demand ? kOnDemandWarmRead : index.throughput.read);
  warm.write_units_per_second = number_setting(table, index_setting(setting::kWarmWrite, index.name))
                                    .value_or(is_on_demand ? kOnDemandWarmWrite : index.throughput.write);
  warm.status = "ACTIVE";
  out.warm_throughput = warm;
  return out;
}

LocalSecondaryIndexDescription local_index(const table::TableDefinition& table,
                                           const table::IndexDefinition& index,
                                           const table::Counters& counters) {
  LocalSecondaryIndexDescription out;
  out.index_name = index.name;
  out.key_schema = describe_keys(index.keys);
  out.projection = describe_projection(index);
  out.index_size_bytes = counters.bytes;
  out.item_count = counters.items;
  out.index_arn = table.arn() + "/index/" + index.name;
  return out;
}

void describe_indexes(const table::TableDefinition& table, const table::TableCounters& counters,
                      base::WallTime now, TableDescription& out) {
  for (const table::IndexDefinition& index : table.indexes) {
    const auto found = counters.indexes.find(index.id);
    const table::Counters counted = found == counters.indexes.end() ? table::Counters() : found->second;
    if (index.global) {
      if (!out.global_secondary_indexes) out.global_secondary_indexes.emplace();
      out.global_secondary_indexes->push_back(global_index(table, index, counted, now));
    } else {
      if (!out.local_secondary_indexes) out.local_secondary_indexes.emplace();
      out.local_secondary_indexes->push_back(local_index(table, index, counted));
    }
  }
}

void describe_settings(const table::TableDefinition& table, TableDescription& out) {
  if (table.billing_named || table.billing == table::BillingMode::kPayPerRequest) {
    BillingModeSummary summary;
    summary.billing_mode =
        table.billing == table::BillingMode::kPayPerRequest ? "PAY_PER_REQUEST" : "PROVISIONED";
    if (table.pay_per_request_since != base::WallTime{})
      summary.last_update_to_pay_per_request_date_time = table.pay_per_request_since;
    out.billing_mode_summary = summary;
  }
  if (auto type = text_setting(table, setting::kSseType)) {
    SSEDescription sse;
    sse.status = "ENABLED";
    sse.sse_type = type;
    sse.kms_master_key_arn = text_setting(table, setting::kSseKey);
    out.sse_description = sse;
  }
  if (auto table_class = text_setting(table, setting::kTableClass)) {
    TableClassSummary summary;
    summary.table_class = table_class;
    if (const auto since = number_setting(table, setting::kTableClassSince))
      summary.last_update_date_time = base::WallTime(std::chrono::microseconds(*since));
    out.table_class_summary = summary;
  }
  out.on_demand_throughput = on_demand(table, setting::kMaxRead, setting::kMaxWrite);
  const bool is_on_demand = table.billing == table::BillingMode::kPayPerRequest;
  TableWarmThroughputDescription warm;
  warm.read_units_per_second = number_setting(table, setting::kWarmRead)
                                   .value_or(is_on_demand ? kOnDemandWarmRead : table.throughput.read);
  warm.write_units_per_second = number_setting(table, setting::kWarmWrite)
                                    .value_or(is_on_demand ? kOnDemandWarmWrite : table.throughput.write);
  warm.status = "ACTIVE";
  out.warm_throughput = warm;
}

void describe_restore(const table::TableDefinition& table, TableDescription& out) {
  const auto restored_to = number_setting(table, setting::kRestoredTo);
  if (!restored_to) return;
  RestoreSummary summary;
  summary.source_backup_arn = text_setting(table, setting::kRestoredBackup);
  summary.source_table_arn = text_setting(table, setting::kRestoredTable);
  summary.restore_date_time = base::WallTime(std::chrono::microseconds(*restored_to));
  summary.restore_in_progress = table.creating;
  out.restore_summary = summary;
}

}  // namespace

std::vector<KeySchemaElement> describe_keys(const table::KeySchema& keys) {
  std::vector<KeySchemaElement> out;
  keys.each([&out](const table::KeyAttribute& key, bool is_partition) {
    out.push_back({key.name, is_partition ? "HASH" : "RANGE", 0});
  });
  return out;
}

Projection describe_projection(const table::IndexDefinition& index) {
  Projection out;
  switch (index.projection) {
    case table::ProjectionType::kAll:
      out.projection_type = "ALL";
      break;
    case table::ProjectionType::kKeysOnly:
      out.projection_type = "KEYS_ONLY";
      break;
    case table::ProjectionType::kInclude:
      out.projection_type = "INCLUDE";
      out.non_key_attributes = index.non_key_attributes;
      std::ranges::sort(*out.non_key_attributes);  // as AWS shows them
      break;
  }
  return out;
}

std::string index_setting(std::string_view name, std::string_view index) {
  return std::string(name) + "/" + std::string(index);
}

TableDescription describe(const table::TableDefinition& table, const table::TableCounters& counters,
                          base::WallTime now) {
  TableDescription out;
  out.attribute_definitions.emplace();
  for (const table::KeyAttribute& attribute : table.attributes)
    out.attribute_definitions->push_back(
        {attribute.name, std::string(table::key_type_name(attribute.type)), 0});
  std::ranges::sort(*out.attribute_definitions, {},
                    &AttributeDefinition::attribute_name);  // as AWS shows them
  out.table_name = table.name.name;
  out.key_schema = describe_keys(table.keys);
  out.table_status = "ACTIVE";
  out.creation_date_time = table.created;
  out.provisioned_throughput = throughput(table.throughput, now);
  out.table_size_bytes = counters.table.bytes;
  out.item_count = counters.table.items;
  out.table_arn = table.arn();
  out.table_id = table.uuid;
  describe_indexes(table, counters, now, out);
  if (table.stream) {
    out.latest_stream_label = table.stream->label;
    out.latest_stream_arn = table.stream_arn();
    if (table.stream->enabled) {
      StreamSpecification specification;
      specification.stream_enabled = true;
      specification.stream_view_type = table::stream_view_name(table.stream->view);
      out.stream_specification = specification;
    }
  }
  describe_settings(table, out);
  out.deletion_protection_enabled = table.deletion_protection;
  describe_restore(table, out);
  if (table.creating) set_status(out, "CREATING");
  return out;
}

void set_status(TableDescription& description, std::string_view status) {
  description.table_status = status;
  if (status != "CREATING" || !description.global_secondary_indexes) return;
  for (GlobalSecondaryIndexDescription& index : *description.global_secondary_indexes)
    index.index_status = status;
}

}  // namespace millrace::dynamodb
