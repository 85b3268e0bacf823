// Exports and imports as the API describes them, and their errors. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportDescription.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTableDescription.html
#pragma once

#include <string>
#include <string_view>

#include "engines/table/transfer.h"
#include "services/dynamodb/dynamodb.h"
#include "shapes/dynamodb/types/export_description.h"
#include "shapes/dynamodb/types/import_table_description.h"

namespace millrace::dynamodb {

ExportDescription export_description(const table::Transfer& transfer);
ImportTableDescription import_description(const table::Transfer& transfer);
std::string_view transfer_status(const table::Transfer& transfer);  // "IN_PROGRESS"

// The transfer that an ARN names; one of another account or region is not found.
Checked<table::TransferName> transfer_name(const wire::RequestContext& context, table::TransferKind kind,
                                           const std::string& arn);
wire::ServiceError transfer_not_found(table::TransferKind kind, std::string_view arn);
Answer<table::Transfer> find_transfer(DynamoDb& service, const wire::RequestContext& context,
                                      table::TransferKind kind, std::string arn);

// Tokens of listings: where the next page begins, as ImportNextToken's pattern wants it.
std::string next_token(const table::TransferName& last);
Checked<table::TransferName> read_next_token(const wire::RequestContext& context, table::TransferKind kind,
                                             const std::string& token);
// The request of ListExports or ListImports.
struct TransferListing {
  table::TransferKind kind;
  const std::optional<std::string>& table_arn;
  const std::optional<std::string>& next_token;
  std::optional<std::int32_t> limit;
};
Answer<table::Transfers::ListPage> list_transfers(DynamoDb& service, const wire::RequestContext& context,
                                                  TransferListing listing);

// LimitExceededException when that many are under way.
Answer<bool> check_transfer_limit(DynamoDb& service, table::TransferKind kind, std::size_t limit);

}  // namespace millrace::dynamodb
