// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html
#include "shapes/dynamodb/list_imports.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/transfer_answers.h"

namespace millrace::dynamodb {

Answer<ListImportsOutput> list_imports(DynamoDb& service, const wire::RequestContext& context,
                                       ListImportsInput input) {
  const TransferListing listing{table::TransferKind::kImport, input.table_arn, input.next_token,
                                input.page_size};
  auto page = co_await list_transfers(service, context, listing);
  if (!page) co_return base::fail(std::move(page.error()));
  ListImportsOutput output;
  output.import_summary_list.emplace();
  for (const table::Transfer& transfer : page->transfers) {
    ImportTableDescription description = import_description(transfer);
    ImportSummary& summary = output.import_summary_list->emplace_back();
    summary.import_arn = std::move(description.import_arn);
    summary.import_status = std::move(description.import_status);
    summary.table_arn = std::move(description.table_arn);
    summary.s3_bucket_source = std::move(description.s3_bucket_source);
    summary.cloud_watch_log_group_arn = std::move(description.cloud_watch_log_group_arn);
    summary.input_format = std::move(description.input_format);
    summary.start_time = description.start_time;
    summary.end_time = description.end_time;
  }
  if (page->more) output.next_token = next_token(page->transfers.back().name);
  co_return output;
}

}  // namespace millrace::dynamodb
