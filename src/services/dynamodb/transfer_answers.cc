#include "services/dynamodb/transfer_answers.h"

#include "base/encoding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/export_format.h"
#include "services/dynamodb/import_work.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kPageSize = 25;
constexpr std::size_t kTokenBytes = 56;  // 112 digits at least
constexpr std::size_t kTokenStep = 8;    // in groups of 16 digits

std::string arn_of(const table::TableName& name) {
  table::TableDefinition table;
  table.name = name;
  return table.arn();
}

bool ended(const table::Transfer& transfer) {
  return transfer.status != table::TransferStatus::kInProgress;
}

template <class Description>
void set_outcome(const table::Transfer& transfer, Description& out) {
  out.start_time = transfer.started;
  if (ended(transfer)) out.end_time = transfer.ended;
  if (!transfer.token.empty()) out.client_token = transfer.token;
  if (transfer.failure_code.empty()) return;
  out.failure_code = transfer.failure_code;
  out.failure_message = transfer.failure_message;
}

}  // namespace

std::string_view transfer_status(const table::Transfer& transfer) {
  switch (transfer.status) {
    case table::TransferStatus::kInProgress:
      break;
    case table::TransferStatus::kCompleted:
      return "COMPLETED";
    case table::TransferStatus::kFailed:
      return "FAILED";
  }
  return "IN_PROGRESS";
}

ExportDescription export_description(const table::Transfer& transfer) {
  const ExportTableToPointInTimeInput request = read_export_request(transfer);
  ExportDescription out;
  out.export_arn = table::transfer_arn(transfer.name);
  out.export_status = transfer_status(transfer);
  set_outcome(transfer, out);
  out.table_arn = arn_of(transfer.name.table);
  out.table_id = transfer.table_uuid;
  out.s3_bucket = request.s3_bucket;
  out.s3_bucket_owner = request.s3_bucket_owner;
  out.s3_prefix = request.s3_prefix;
  out.s3_sse_algorithm = request.s3_sse_algorithm.value_or("AES256");
  out.s3_sse_kms_key_id = request.s3_sse_kms_key_id;
  const ExportStyle style = export_style(request);
  out.export_format = style.format == ExportFormat::kIon ? "ION" : "DYNAMODB_JSON";
  out.export_type = style.incremental ? "INCREMENTAL_EXPORT" : "FULL_EXPORT";
  if (style.incremental) {
    IncrementalExportSpecification& specification = out.incremental_export_specification.emplace();
    specification.export_from_time =
        base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(transfer.since)));
    specification.export_to_time = transfer.time;
    specification.export_view_type = style.old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE";
  } else {
    out.export_time = transfer.time;
  }
  if (transfer.status == table::TransferStatus::kCompleted) {
    out.export_manifest = export_key(transfer, request.s3_prefix.value_or(""), "manifest-summary.json");
    out.billed_size_bytes = transfer.bytes;
    out.item_count = transfer.items;
  }
  return out;
}

ImportTableDescription import_description(const table::Transfer& transfer) {
  ImportTableInput request = read_import_request(transfer);
  ImportTableDescription out;
  out.import_arn = table::transfer_arn(transfer.name);
  out.import_status = transfer_status(transfer);
  set_outcome(transfer, out);
  const table::TableName& table = transfer.name.table;
  out.table_arn = arn_of(table);
  out.table_id = transfer.table_uuid;
  out.s3_bucket_source = std::move(request.s3_bucket_source);
  out.error_count = transfer.errors;
  out.cloud_watch_log_group_arn = "arn:aws:logs:" + table.region + ":" + table.account +
                                  ":log-group:" + std::string(kImportLogGroup) + ":*";
  out.input_format = std::move(request.input_format);
  out.input_format_options = std::move(request.input_format_options);
  out.input_compression_type = request.input_compression_type.value_or("NONE");
  out.table_creation_parameters = std::move(request.table_creation_parameters);
  out.processed_size_bytes = transfer.bytes;
  out.processed_item_count = transfer.processed;
  out.imported_item_count = transfer.items;
  return out;
}

wire::ServiceError transfer_not_found(table::TransferKind kind, std::string_view arn) {
  if (kind == table::TransferKind::kExport)
    return export_not_found_exception("Export not found: " + std::string(arn));
  return import_not_found_exception("Import not found: " + std::string(arn));
}

Checked<table::TransferName> transfer_name(const wire::RequestContext& context, table::TransferKind kind,
                                           const std::string& arn) {
  auto name = table::parse_transfer_arn(kind, arn);
  if (!name)
    return refuse((kind == table::TransferKind::kExport ? "Invalid ExportArn: " : "Invalid ImportArn: ") +
                  arn);
  if (name->table.account != context.account() || name->table.region != context.region)
    return base::fail(transfer_not_found(kind, arn));
  return std::move(*name);
}

Answer<table::Transfer> find_transfer(DynamoDb& service, const wire::RequestContext& context,
                                      table::TransferKind kind, std::string arn) {
  auto name = transfer_name(context, kind, arn);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await service.tables.transfers().find(std::move(*name));
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  if (!*found) co_return base::fail(transfer_not_found(kind, arn));
  co_return std::move(**found);
}

std::string next_token(const table::TransferName& last) {
  std::string bytes = table::transfer_arn(last);
  const std::size_t size = std::max(bytes.size(), kTokenBytes);
  bytes.resize((size + kTokenStep - 1) / kTokenStep * kTokenStep);  // zeros behind it
  return base::hex_encode(bytes);
}

Checked<table::TransferName> read_next_token(const wire::RequestContext& context, table::TransferKind kind,
                                             const std::string& token) {
  const auto bytes = base::hex_decode(token);
  const auto name =
      bytes ? table::parse_transfer_arn(kind, std::string_view(*bytes).substr(0, bytes->find('\0')))
            : std::nullopt;
  if (!name || name->table.account != context.account() || name->table.region != context.region)
    return refuse("The provided NextToken is invalid");
  return *name;
}

Answer<table::Transfers::ListPage> list_transfers(DynamoDb& service, const wire::RequestContext& context,
                                                  TransferListing listing) {
  table::Transfers::ListRequest request;
  request.kind = listing.kind;
  request.account = context.account();
  request.region = context.region;
  if (listing.table_arn) {
    auto name = table_name(context, *listing.table_arn);
    if (!name) co_return base::fail(std::move(name.error()));
    request.table = name->name;
  }
  if (listing.next_token) {
    auto after = read_next_token(context, listing.kind, *listing.next_token);
    if (!after) co_return base::fail(std::move(after.error()));
    request.after = std::move(*after);
  }
  request.limit = listing.limit ? static_cast<std::size_t>(*listing.limit) : kPageSize;
  auto page = co_await service.tables.transfers().list(std::move(request));
  if (!page) co_return base::fail(to_service_error(std::move(page.error())));
  co_return std::move(*page);
}

Answer<bool> check_transfer_limit(DynamoDb& service, table::TransferKind kind, std::size_t limit) {
  auto there = co_await service.tables.transfers().under_way(kind);
  if (!there) co_return base::fail(to_service_error(std::move(there.error())));
  if (there->size() >= limit)
    co_return base::fail(limit_exceeded_exception(
        "Subscriber limit exceeded: There are already " + std::to_string(limit) +
        (kind == table::TransferKind::kExport ? " exports" : " imports") + " in progress"));
  co_return true;
}

}  // namespace millrace::dynamodb
