// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
#include "shapes/dynamodb/import_table.h"

#include "base/encoding.h"
#include "engines/table/backups.h"
#include "services/dynamodb/created_table.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/import_work.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/transfer_answers.h"
#include "services/dynamodb/transfer_work.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kMostAtOnce = 50;

CreateTableInput as_create_table(const TableCreationParameters& parameters) {
  CreateTableInput input;
  input.table_name = parameters.table_name;
  input.attribute_definitions = parameters.attribute_definitions;
  input.key_schema = parameters.key_schema;
  input.billing_mode = parameters.billing_mode;
  input.provisioned_throughput = parameters.provisioned_throughput;
  input.on_demand_throughput = parameters.on_demand_throughput;
  input.sse_specification = parameters.sse_specification;
  input.global_secondary_indexes = parameters.global_secondary_indexes;
  return input;
}

Checked<table::TableDefinition> make_table(const wire::RequestContext& context,
                                           const ImportTableInput& input) {
  if (input.input_format_options && input.input_format_options->csv && input.input_format != "CSV")
    return refuse("InputFormatOptions.Csv can only be specified when InputFormat is CSV");
  if (input.table_creation_parameters.vector_indexes)
    return refuse("Vector indexes are not supported by Millrace");
  const std::string& table = input.table_creation_parameters.table_name;
  if (auto checked = check_name(table); !checked) return base::fail(std::move(checked.error()));
  return created_table(as_create_table(input.table_creation_parameters),
                       {context.account(), context.region, table}, context.now);
}

}  // namespace

Answer<ImportTableOutput> import_table(DynamoDb& service, const wire::RequestContext& context,
                                       ImportTableInput input) {
  auto table = make_table(context, input);
  if (!table) co_return base::fail(std::move(table.error()));
  auto room = co_await check_transfer_limit(service, table::TransferKind::kImport, kMostAtOnce);
  if (!room) co_return base::fail(std::move(room.error()));
  table->uuid = base::make_uuid(service.random);

  table::Transfers::NewTransfer wanted;
  wanted.name.kind = table::TransferKind::kImport;
  wanted.name.table = table->name;
  wanted.name.id = table::make_backup_id(service.random, context.now);
  wanted.request = write_import_request(input);
  wanted.fingerprint = base::sha256(wanted.request);
  wanted.token = input.client_token.value_or("");
  wanted.now = context.now;
  auto begun = co_await service.tables.transfers().begin_import(std::move(wanted), std::move(*table));
  if (!begun && begun.error().kind == table::TableErrorKind::kTokenReused)
    co_return base::fail(import_conflict_exception(
        "The ClientToken was used for an import with other parameters within the last 8 hours"));
  if (!begun && begun.error().kind == table::TableErrorKind::kTableExists)
    begun.error().message = "Table already exists: " + input.table_creation_parameters.table_name;
  if (!begun) co_return base::fail(to_service_error(std::move(begun.error())));
  if (service.transfer_work) service.transfer_work->wake();
  ImportTableOutput output;
  output.import_table_description = import_description(begun->transfer);
  co_return output;
}

}  // namespace millrace::dynamodb
