#include "services/dynamodb/table_update.h"

#include <algorithm>
#include <set>

#include <fmt/chrono.h>

#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_schema.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

using Updates = std::vector<GlobalSecondaryIndexUpdate>;

constexpr std::ptrdiff_t kMaxGlobalIndexes = 20;
constexpr std::uint32_t kFreeDecreases = 4;
constexpr std::chrono::seconds kDecreasePause{3600};

// What may not stand in one request with anything else, or with each other.
Checked<void> check_combination(const UpdateTableInput& input) {
  const auto& indexes = input.global_secondary_index_updates;
  const auto creates = [](const auto& update) { return update.create.has_value(); };
  const auto deletes = [](const auto& update) { return update.delete_.has_value(); };
  const bool adds_index = indexes && std::ranges::any_of(*indexes, creates);
  const bool changes_indexes = adds_index || (indexes && std::ranges::any_of(*indexes, deletes));
  const int concerns = (input.provisioned_throughput || input.billing_mode ? 1 : 0) + (indexes ? 1 : 0) +
                       (input.stream_specification ? 1 : 0) + (input.sse_specification ? 1 : 0) +
                       (input.table_class ? 1 : 0) + (input.deletion_protection_enabled ? 1 : 0) +
                       (input.on_demand_throughput ? 1 : 0) + (input.warm_throughput ? 1 : 0);
  if (concerns < 2) return {};
  const auto alone = [](std::string_view what) {
    return refuse_parameter(std::string(what) + " modification must be the only operation in the request");
  };
  if (input.sse_specification) return alone("Server-Side Encryption");
  if (input.table_class) return alone("TableClass");
  if (input.deletion_protection_enabled) return alone("DeletionProtection");
  if (input.warm_throughput && adds_index)
    return refuse_parameter("Create global secondary index cannot be specified when updating WarmThroughput");
  if (input.warm_throughput)
    return refuse_parameter("WarmThroughput must be the only operation in the request");
  if (input.on_demand_throughput && (indexes || input.stream_specification || input.provisioned_throughput))
    return refuse_parameter(
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  if (input.provisioned_throughput && input.stream_specification)
    return refuse_parameter("You cannot modify stream status while updating table IOPS");
  if (input.provisioned_throughput && changes_indexes)
    return refuse_parameter("You cannot create or delete index while updating table IOPS");
  if (input.stream_specification && changes_indexes)
    return refuse_parameter("You cannot create or delete index while changing stream status");
  return {};
}

std::string index_name(const GlobalSecondaryIndexUpdate& update) {
  if (update.update) return update.update->index_name;
  if (update.create) return update.create->index_name;
  return update.delete_->index_name;
}

Checked<void> check_index_updates(const Updates& updates) {
  std::set<std::string> names;
  for (const GlobalSecondaryIndexUpdate& update : updates) {
    const int actions = (update.update ? 1 : 0) + (update.create ? 1 : 0) + (update.delete_ ? 1 : 0);
    if (actions > 1)
      return refuse_parameter(
          "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
    if (actions == 0)
      return refuse_parameter(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must "
          "not be null");
    const std::string name = index_name(update);
    if (!names.insert(name).second)
      return refuse_parameter(
          "Only one global secondary index update per index is allowed simultaneously. Index: " + name);
  }
  return {};
}

// `what`: "the table" or "index NAME".
Checked<void> check_unchanged(const table::Throughput& current, const ProvisionedThroughput& wanted,
                              const std::string& what) {
  if (current.read != wanted.read_capacity_units || current.write != wanted.write_capacity_units) return {};
  return refuse(
      "The provisioned throughput for " + std::string(what.starts_with("index") ? "the " : "") + what +
      " will not change. The requested value equals the current value. Current ReadCapacityUnits "
      "provisioned for " +
      what + ": " + std::to_string(current.read) +
      ". Requested ReadCapacityUnits: " + std::to_string(wanted.read_capacity_units) +
      ". Current WriteCapacityUnits provisioned for " + what + ": " + std::to_string(current.write) +
      ". Requested WriteCapacityUnits: " + std::to_string(wanted.write_capacity_units) +
      ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
}

// Saturday, November 21, 2026 1:05:09 PM UTC
std::string spelled_out(base::WallTime time) {
  const std::tm utc = fmt::gmtime(static_cast<std::time_t>(base::unix_seconds(time)));
  return fmt::format("{:%A, %B} {}, {:%Y} {}:{:%M:%S %p} UTC", utc, utc.tm_mday, utc,
                     (utc.tm_hour + 11) % 12 + 1, utc);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: four a UTC day, and one more in each hour
// without one.
Checked<void> count_decrease(table::Throughput& current, base::WallTime now) {
  const std::uint32_t today = current.decreases_today(now);
  const base::WallTime next = current.last_decrease + kDecreasePause;
  if (today >= kFreeDecreases && now < next)
    return base::fail(limit_exceeded_exception(fmt::format(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
        "day. After the first {} decreases, each subsequent decrease in the same UTC day can be "
        "performed at most once every {} seconds. Number of decreases today: {}. Last decrease at {}. "
        "Next decrease can be made at {}",
        kFreeDecreases, kDecreasePause.count(), today, spelled_out(current.last_decrease),
        spelled_out(next))));
  current.decreases = today + 1;
  current.last_decrease = now;
  return {};
}

Checked<void> set_throughput(table::Throughput& current, const ProvisionedThroughput& wanted,
                             base::WallTime now) {
  if (wanted.read_capacity_units > current.read || wanted.write_capacity_units > current.write)
    current.last_increase = now;
  if (wanted.read_capacity_units < current.read || wanted.write_capacity_units < current.write) {
    if (auto ok = count_decrease(current, now); !ok) return ok;
  }
  current.read = wanted.read_capacity_units;
  current.write = wanted.write_capacity_units;
  return {};
}

void go_on_demand(table::TableDefinition& table, base::WallTime now) {
  table.billing = table::BillingMode::kPayPerRequest;
  table.billing_named = true;
  table.pay_per_request_since = now;
  table.throughput.read = table.throughput.write = 0;
  for (table::IndexDefinition& index : table.indexes)
    index.throughput.read = index.throughput.write = 0;
}

Checked<void> check_provisioned_indexes(const UpdateTableInput& input, const table::TableDefinition& table) {
  std::string missing;
  for (const table::IndexDefinition& index : table.indexes) {
    const auto& updates = input.global_secondary_index_updates;
    const bool given =
        updates && std::ranges::any_of(*updates, [&](const GlobalSecondaryIndexUpdate& update) {
          return update.update && update.update->index_name == index.name;
        });
    if (!index.global || given) continue;
    if (!missing.empty()) missing += ",";
    missing += index.name;
  }
  if (missing.empty()) return {};
  return refuse_parameter("ProvisionedThroughput must be specified for index: " + missing);
}

Checked<void> apply_billing(const UpdateTableInput& input, base::WallTime now,
                            table::TableDefinition& table) {
  const bool was_on_demand = table.billing == table::BillingMode::kPayPerRequest;
  const bool on_demand = input.billing_mode ? *input.billing_mode == "PAY_PER_REQUEST" : was_on_demand;
  if (on_demand && input.provisioned_throughput)
    return refuse_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  if (on_demand && !was_on_demand) go_on_demand(table, now);
  if (!on_demand && was_on_demand) {
    if (auto ok = check_provisioned_indexes(input, table); !ok) return ok;
    table.billing = table::BillingMode::kProvisioned;
    table.billing_named = true;
  }
  if (!input.provisioned_throughput) return {};
  if (auto ok = check_unchanged(table.throughput, *input.provisioned_throughput, "the table"); !ok) return ok;
  return set_throughput(table.throughput, *input.provisioned_throughput, now);
}

void set_number(table::TableDefinition& table, std::string_view name,
                const std::optional<std::int64_t>& value) {
  if (value) table.settings[std::string(name)] = std::to_string(*value);
}

// Settings that are kept and shown and hold nobody.
template <class Action>
void keep_index_limits(const Action& action, table::TableDefinition& table) {
  const std::string& name = action.index_name;
  if (action.on_demand_throughput) {
    set_number(table, index_setting(setting::kMaxRead, name),
               action.on_demand_throughput->max_read_request_units);
    set_number(table, index_setting(setting::kMaxWrite, name),
               action.on_demand_throughput->max_write_request_units);
  }
  if (action.warm_throughput) {
    set_number(table, index_setting(setting::kWarmRead, name), action.warm_throughput->read_units_per_second);
    set_number(table, index_setting(setting::kWarmWrite, name),
               action.warm_throughput->write_units_per_second);
  }
}

Checked<void> add_index(const CreateGlobalSecondaryIndexAction& action, const UpdateTableInput& input,
                        table::TableDefinition& table) {
  if (table.find_index(action.index_name))
    return refuse("Attempting to create an index which already exists");
  if (std::ranges::count_if(table.indexes, &table::IndexDefinition::global) >= kMaxGlobalIndexes)
    return base::fail(limit_exceeded_exception(
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20"));
  if (!input.attribute_definitions)
    return refuse_parameter("AttributeDefinitions is not specified for index: " + action.index_name);
  Attributes attributes;
  for (const table::KeyAttribute& attribute : table.attributes)
    attributes.push_back({attribute.name, std::string(table::key_type_name(attribute.type)), 0});
  for (const AttributeDefinition& attribute : input.attribute_definitions.value_or(Attributes())) {
    if (std::ranges::find(attributes, attribute.attribute_name, &AttributeDefinition::attribute_name) ==
        attributes.end())
      attributes.push_back(attribute);
  }
  auto keys = read_global_keys(action.key_schema, attributes);
  if (!keys) return base::fail(std::move(keys.error()));
  table::IndexDefinition index;
  index.name = action.index_name;
  index.keys = std::move(*keys);
  index.status = table::IndexStatus::kCreating;
  if (auto ok = read_projection(action.projection, index); !ok) return ok;
  const bool on_demand = table.billing == table::BillingMode::kPayPerRequest;
  if (on_demand && action.provisioned_throughput)
    return refuse_parameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " +
                            index.name + " when BillingMode is PAY_PER_REQUEST");
  if (!on_demand && !action.provisioned_throughput)
    return refuse_parameter("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " +
                            index.name);
  if (action.provisioned_throughput) {
    index.throughput.read = action.provisioned_throughput->read_capacity_units;
    index.throughput.write = action.provisioned_throughput->write_capacity_units;
  }
  // Definitions that the index does not use are passed over.
  Attributes used = *input.attribute_definitions;
  std::erase_if(used, [&](const AttributeDefinition& one) { return !index.keys.has(one.attribute_name); });
  table.indexes.push_back(std::move(index));
  keep_index_limits(action, table);
  return read_attributes(used, table.attributes);
}

Checked<void> index_not_found(const std::string& name, const table::TableDefinition& table) {
  return base::fail(resource_not_found_exception("Requested resource not found: Index " + name +
                                                 " for table " + table.name.name));
}

Checked<void> drop_index(const std::string& name, table::TableDefinition& table) {
  const table::IndexDefinition* index = table.find_index(name);
  if (!index) return index_not_found(name, table);
  if (!index->global) return refuse("Cannot delete an index that is not a GlobalSecondaryIndex: " + name);
  std::erase_if(table.indexes, [&](const table::IndexDefinition& one) { return one.name == name; });
  for (const std::string_view one :
       {setting::kMaxRead, setting::kMaxWrite, setting::kWarmRead, setting::kWarmWrite})
    table.settings.erase(index_setting(one, name));
  // Attributes that no key uses any more go with it.
  std::erase_if(table.attributes, [&](const table::KeyAttribute& attribute) {
    return !table.keys.has(attribute.name) &&
           std::ranges::none_of(table.indexes, [&](const table::IndexDefinition& one) {
             return one.keys.has(attribute.name);
           });
  });
  return {};
}

Checked<void> update_index(const UpdateGlobalSecondaryIndexAction& action, base::WallTime now,
                           table::TableDefinition& table) {
  const auto found = std::ranges::find(table.indexes, action.index_name, &table::IndexDefinition::name);
  if (found == table.indexes.end()) return index_not_found(action.index_name, table);
  if (!found->global)
    return refuse("Cannot update an index that is not a GlobalSecondaryIndex: " + action.index_name);
  if (!action.provisioned_throughput) {
    keep_index_limits(action, table);
    return {};
  }
  if (table.billing == table::BillingMode::kPayPerRequest)
    return refuse_parameter("The only Updates for index: " + action.index_name +
                            " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
                            "WarmThroughput");
  if (auto ok = check_unchanged(found->throughput, *action.provisioned_throughput, "index " + found->name);
      !ok)
    return ok;
  if (auto ok = set_throughput(found->throughput, *action.provisioned_throughput, now); !ok) return ok;
  keep_index_limits(action, table);
  return {};
}

Checked<void> apply_indexes(const UpdateTableInput& input, base::WallTime now,
                            table::TableDefinition& table) {
  if (!input.global_secondary_index_updates) return {};
  const auto& updates = *input.global_secondary_index_updates;
  for (const GlobalSecondaryIndexUpdate& update : updates) {
    if (update.update && !check_throughput(update.update->provisioned_throughput))
      return refuse(
          "This operation cannot be performed with given input values. Please contact DynamoDB service team "
          "for more "
          "info: Action Blocked: IndexUpdate");
  }
  const auto online =
      std::ranges::count_if(updates, [](const auto& update) { return update.create || update.delete_; });
  const bool creating = std::ranges::any_of(table.indexes, [](const table::IndexDefinition& index) {
    return index.status == table::IndexStatus::kCreating;
  });
  if (online > 1 || (online == 1 && creating))
    return base::fail(limit_exceeded_exception(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"));
  for (const GlobalSecondaryIndexUpdate& update : updates) {
    Checked<void> ok;
    if (update.create) ok = add_index(*update.create, input, table);
    if (ok && update.delete_) ok = drop_index(update.delete_->index_name, table);
    if (ok && update.update) ok = update_index(*update.update, now, table);
    if (!ok) return ok;
  }
  return {};
}

Checked<void> apply_stream(const StreamSpecification& specification, const table::TableStream& fresh,
                           table::TableDefinition& table) {
  auto view = read_stream(specification, false);
  if (!view) return base::fail(std::move(view.error()));
  const bool enabled = table.stream && table.stream->enabled;
  if (*view && enabled) return refuse("Table already has an enabled stream: TableName: " + table.name.name);
  if (!*view && !enabled) return refuse("Table has no stream to disable: TableName: " + table.name.name);
  if (*view) {
    table.stream = fresh;
    table.stream->view = **view;
  } else {
    table.stream->enabled = false;
  }
  return {};
}

void apply_settings(const UpdateTableInput& input, base::WallTime now, table::TableDefinition& table) {
  const auto set = [&table](std::string_view name, const std::optional<std::int64_t>& value) {
    set_number(table, name, value);
  };
  if (input.sse_specification) apply_sse(*input.sse_specification, table);
  if (input.table_class) {
    table.settings[std::string(setting::kTableClass)] = *input.table_class;
    set(setting::kTableClassSince, now.time_since_epoch().count());
  }
  if (input.deletion_protection_enabled) table.deletion_protection = *input.deletion_protection_enabled;
  if (input.on_demand_throughput) {
    set(setting::kMaxRead, input.on_demand_throughput->max_read_request_units);
    set(setting::kMaxWrite, input.on_demand_throughput->max_write_request_units);
  }
  if (input.warm_throughput) {
    set(setting::kWarmRead, input.warm_throughput->read_units_per_second);
    set(setting::kWarmWrite, input.warm_throughput->write_units_per_second);
  }
}

}  // namespace

Checked<void> check_table_update(const UpdateTableInput& input) {
  if (input.replica_updates || input.global_table_witness_updates || input.vector_index_updates ||
      input.multi_region_consistency)
    return refuse("Global tables and vector indexes are not supported by Millrace");
  const bool anything =
      input.provisioned_throughput || input.billing_mode || input.stream_specification ||
      (input.global_secondary_index_updates && !input.global_secondary_index_updates->empty()) ||
      input.sse_specification || input.table_class || input.deletion_protection_enabled ||
      input.on_demand_throughput || input.warm_throughput;
  if (!anything)
    return refuse(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
        "WarmThroughput or TableClass is required");
  if (input.global_secondary_index_updates && input.global_secondary_index_updates->empty())
    return refuse_parameter("List of GlobalSecondaryIndexUpdates is empty");
  if (auto ok = check_combination(input); !ok) return ok;
  if (input.billing_mode == "PROVISIONED" && !input.provisioned_throughput)
    return refuse_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (auto ok = check_throughput(input.provisioned_throughput); !ok) return ok;
  if (!input.global_secondary_index_updates) return {};
  return check_index_updates(*input.global_secondary_index_updates);
}

Checked<void> apply_table_update(const UpdateTableInput& input, base::WallTime now,
                                 const table::TableStream& fresh, table::TableDefinition& table) {
  if (auto ok = apply_billing(input, now, table); !ok) return ok;
  if (auto ok = apply_indexes(input, now, table); !ok) return ok;
  if (input.stream_specification) {
    if (auto ok = apply_stream(*input.stream_specification, fresh, table); !ok) return ok;
  }
  apply_settings(input, now, table);
  return {};
}

}  // namespace millrace::dynamodb
