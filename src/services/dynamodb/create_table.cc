// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
#include "shapes/dynamodb/create_table.h"

#include "base/random.h"
#include "engines/table/table_stream.h"
#include "services/dynamodb/created_table.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_schema.h"

namespace millrace::dynamodb {
namespace {

Checked<void> check_billing(const CreateTableInput& input) {
  if (input.billing_mode == "PAY_PER_REQUEST") {
    if (!input.provisioned_throughput) return {};
    return refuse_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (!input.provisioned_throughput)
    return refuse_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  return check_throughput(input.provisioned_throughput);
}

void apply_settings(const CreateTableInput& input, table::TableDefinition& table) {
  const auto set = [&table](std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) table.settings[std::string(name)] = std::to_string(*value);
  };
  if (input.sse_specification) apply_sse(*input.sse_specification, table);
  if (input.table_class) table.settings[std::string(setting::kTableClass)] = *input.table_class;
  if (input.on_demand_throughput) {
    set(setting::kMaxRead, input.on_demand_throughput->max_read_request_units);
    set(setting::kMaxWrite, input.on_demand_throughput->max_write_request_units);
  }
  if (input.warm_throughput) {
    set(setting::kWarmRead, input.warm_throughput->read_units_per_second);
    set(setting::kWarmWrite, input.warm_throughput->write_units_per_second);
  }
  for (const GlobalSecondaryIndex& index :
       input.global_secondary_indexes.value_or(std::vector<GlobalSecondaryIndex>())) {
    if (index.on_demand_throughput) {
      set(index_setting(setting::kMaxRead, index.index_name),
          index.on_demand_throughput->max_read_request_units);
      set(index_setting(setting::kMaxWrite, index.index_name),
          index.on_demand_throughput->max_write_request_units);
    }
    if (index.warm_throughput) {
      set(index_setting(setting::kWarmRead, index.index_name), index.warm_throughput->read_units_per_second);
      set(index_setting(setting::kWarmWrite, index.index_name),
          index.warm_throughput->write_units_per_second);
    }
  }
  for (const Tag& tag : input.tags.value_or(std::vector<Tag>()))
    table.tags[tag.key] = tag.value;
  if (input.resource_policy) table.settings["ResourcePolicy"] = *input.resource_policy;
}

Checked<void> check_presence(const CreateTableInput& input) {
  std::vector<std::string> missing;
  if (!input.attribute_definitions) missing.emplace_back("attributeDefinitions");
  if (!input.key_schema) missing.emplace_back("keySchema");
  if (missing.empty()) return {};
  std::string message =
      std::to_string(missing.size()) + " validation error" + (missing.size() > 1 ? "s" : "") + " detected: ";
  for (const std::string& member : missing) {
    if (&member != &missing.front()) message += "; ";
    message += "Value null at '" + member + "' failed to satisfy constraint: Member must not be null";
  }
  return refuse(message);
}

Checked<void> refuse_unsupported(const CreateTableInput& input) {
  if (input.vector_indexes || input.global_table_source_arn || input.global_table_settings_replication_mode)
    return refuse("Vector indexes and global tables are not supported by Millrace");
  return {};
}

}  // namespace

Checked<table::TableDefinition> created_table(const CreateTableInput& input, table::TableName name,
                                              base::WallTime now) {
  if (auto ok = check_presence(input); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = refuse_unsupported(input); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_billing(input); !ok) return base::fail(std::move(ok.error()));
  table::TableDefinition table;
  table.name = std::move(name);
  table.created = now;
  const bool on_demand = input.billing_mode == "PAY_PER_REQUEST";
  if (auto ok = read_schema({*input.attribute_definitions, *input.key_schema, input.local_secondary_indexes,
                             input.global_secondary_indexes, on_demand},
                            table);
      !ok)
    return base::fail(std::move(ok.error()));
  if (on_demand) {
    table.billing = table::BillingMode::kPayPerRequest;
    table.pay_per_request_since = now;
  } else {
    table.throughput.read = input.provisioned_throughput->read_capacity_units;
    table.throughput.write = input.provisioned_throughput->write_capacity_units;
  }
  table.deletion_protection = input.deletion_protection_enabled.value_or(false);
  if (input.tags) {
    if (auto ok = check_tags(*input.tags); !ok) return base::fail(std::move(ok.error()));
  }
  apply_settings(input, table);
  return table;
}

Answer<CreateTableOutput> create_table(DynamoDb& service, const wire::RequestContext& context,
                                       CreateTableInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string shown = name->name;
  auto table = created_table(input, std::move(*name), context.now);
  if (!table) co_return base::fail(std::move(table.error()));
  table->uuid = base::make_uuid(service.random);
  if (input.stream_specification) {
    auto view = read_stream(*input.stream_specification, true);
    if (!view) co_return base::fail(std::move(view.error()));
    if (*view) table->stream = table::new_table_stream(**view, service.random, context.now);
  }
  const base::WallTime now = context.now;
  table::Definitions::AlsoWrite also = [now](const table::TableDefinition& definition, auto& batch) {
    if (definition.stream) table::create_stream(batch, definition, now);
  };
  auto created = co_await service.tables.definitions().create(std::move(*table), std::move(also));
  if (!created && created.error().kind == table::TableErrorKind::kTableExists)
    created.error().message = "Table already exists: " + shown;
  if (!created) co_return base::fail(to_service_error(std::move(created.error())));
  CreateTableOutput output;
  output.table_description = describe(**created, {}, now);
  set_status(*output.table_description, "CREATING");
  co_return output;
}

}  // namespace millrace::dynamodb
