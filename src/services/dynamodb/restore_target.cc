#include "services/dynamodb/restore_target.h"

#include <algorithm>

#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/table_schema.h"

namespace millrace::dynamodb {
namespace {

bool same_keys(const std::vector<KeySchemaElement>& wanted, const table::KeySchema& keys) {
  const auto there = describe_keys(keys);
  return std::ranges::equal(wanted, there, [](const KeySchemaElement& a, const KeySchemaElement& b) {
    return a.attribute_name == b.attribute_name && a.key_type == b.key_type;
  });
}

bool same_projection(const Projection& wanted, const table::IndexDefinition& index) {
  table::IndexDefinition read;
  if (!read_projection(wanted, read) || read.projection != index.projection) return false;
  std::vector<std::string> there = index.non_key_attributes;
  std::ranges::sort(there);
  std::ranges::sort(read.non_key_attributes);
  return there == read.non_key_attributes;
}

// Keeps the indexes of one kind that the override describes: each must have keys and projection of one of the source's, but may have
// another name.
template <class Index>
Checked<void> keep_indexes(const std::optional<std::vector<Index>>& wanted, bool global,
                           std::vector<table::IndexDefinition>& indexes) {
  if (!wanted) return {};
  std::vector<table::IndexDefinition> kept;
  for (const Index& one : *wanted) {
    const auto fits = [&](const table::IndexDefinition& index) {
      return index.global == global && same_keys(one.key_schema, index.keys) &&
             same_projection(one.projection, index);
    };
    auto found = std::ranges::find_if(indexes, [&](const table::IndexDefinition& index) {
      return index.name == one.index_name && fits(index);
    });
    if (found == indexes.end()) found = std::ranges::find_if(indexes, fits);
    if (found == indexes.end())
      return refuse("Invalid Request: Index " + one.index_name +
                    " does not match a secondary index that existed in the source table and cannot be "
                    "created during the restore operation");
    kept.push_back(std::move(*found));
    kept.back().name = one.index_name;
    indexes.erase(found);
  }
  std::erase_if(indexes, [global](const table::IndexDefinition& index) { return index.global == global; });
  std::ranges::move(kept, std::back_inserter(indexes));
  return {};
}

void set_number(table::TableDefinition& table, std::string_view name,
                const std::optional<std::int64_t>& value) {
  if (value) table.settings[std::string(name)] = std::to_string(*value);
}

void take_index_throughput(const RestoreOverrides& overrides, table::TableDefinition& table) {
  if (!overrides.global_indexes) return;
  for (const GlobalSecondaryIndex& wanted : *overrides.global_indexes) {
    const auto index = std::ranges::find(table.indexes, wanted.index_name, &table::IndexDefinition::name);
    if (index == table.indexes.end() || !wanted.provisioned_throughput) continue;
    index->throughput.read = wanted.provisioned_throughput->read_capacity_units;
    index->throughput.write = wanted.provisioned_throughput->write_capacity_units;
  }
}

Checked<void> set_billing(const RestoreOverrides& overrides, base::WallTime now,
                          table::TableDefinition& table) {
  const bool was_provisioned = table.billing == table::BillingMode::kProvisioned;
  const bool on_demand =
      overrides.billing_mode ? *overrides.billing_mode == "PAY_PER_REQUEST" : !was_provisioned;
  if (on_demand && overrides.throughput)
    return refuse_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  if (!on_demand && !was_provisioned && !overrides.throughput)
    return refuse_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  if (auto ok = check_throughput(overrides.throughput); !ok) return ok;
  table.billing = on_demand ? table::BillingMode::kPayPerRequest : table::BillingMode::kProvisioned;
  table.pay_per_request_since = on_demand ? now : base::WallTime{};
  if (on_demand) {
    table.throughput = {};
    for (table::IndexDefinition& index : table.indexes)
      index.throughput = {};
  } else if (overrides.throughput) {
    table.throughput = {
        overrides.throughput->read_capacity_units, overrides.throughput->write_capacity_units, {}, {}};
  }
  if (!on_demand) take_index_throughput(overrides, table);
  return {};
}

void copy_setting(const table::TableDefinition& from, std::string_view name, table::TableDefinition& to) {
  const auto found = from.settings.find(std::string(name));
  if (found != from.settings.end()) to.settings[found->first] = found->second;
}

}  // namespace

Checked<table::TableDefinition> restored_table(const table::TableDefinition& source,
                                               const RestoreOverrides& overrides, const RestoreFacts& facts) {
  table::TableDefinition table;
  table.uuid = facts.uuid;
  table.created = facts.now;
  table.attributes = source.attributes;
  table.keys = source.keys;
  table.indexes = source.indexes;
  table.billing = source.billing;
  table.throughput = {source.throughput.read, source.throughput.write, {}, {}};
  if (auto ok = keep_indexes(overrides.global_indexes, true, table.indexes); !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = keep_indexes(overrides.local_indexes, false, table.indexes); !ok)
    return base::fail(std::move(ok.error()));
  // Attributes that only left-out indexes used go with them.
  std::erase_if(table.attributes, [&](const table::KeyAttribute& attribute) {
    return !table.keys.has(attribute.name) &&
           std::ranges::none_of(table.indexes, [&](const table::IndexDefinition& index) {
             return index.keys.has(attribute.name);
           });
  });
  if (auto ok = set_billing(overrides, facts.now, table); !ok) return base::fail(std::move(ok.error()));
  copy_setting(source, setting::kTableClass, table);
  if (overrides.sse) {
    apply_sse(*overrides.sse, table);
  } else {
    copy_setting(source, setting::kSseType, table);
    copy_setting(source, setting::kSseKey, table);
  }
  if (overrides.on_demand) {
    set_number(table, setting::kMaxRead, overrides.on_demand->max_read_request_units);
    set_number(table, setting::kMaxWrite, overrides.on_demand->max_write_request_units);
  }
  table.settings[std::string(setting::kRestoredTable)] = source.arn();
  table.settings[std::string(setting::kRestoredTo)] =
      std::to_string(facts.restored_to.time_since_epoch().count());
  if (facts.backup_arn) table.settings[std::string(setting::kRestoredBackup)] = *facts.backup_arn;
  return table;
}

}  // namespace millrace::dynamodb
