// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html
#include "shapes/dynamodb/list_exports.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/transfer_answers.h"

namespace millrace::dynamodb {

Answer<ListExportsOutput> list_exports(DynamoDb& service, const wire::RequestContext& context,
                                       ListExportsInput input) {
  const TransferListing listing{table::TransferKind::kExport, input.table_arn, input.next_token,
                                input.max_results};
  auto page = co_await list_transfers(service, context, listing);
  if (!page) co_return base::fail(std::move(page.error()));
  ListExportsOutput output;
  output.export_summaries.emplace();
  for (const table::Transfer& transfer : page->transfers) {
    ExportDescription description = export_description(transfer);
    ExportSummary& summary = output.export_summaries->emplace_back();
    summary.export_arn = std::move(description.export_arn);
    summary.export_status = std::move(description.export_status);
    summary.export_type = std::move(description.export_type);
  }
  if (page->more) output.next_token = next_token(page->transfers.back().name);
  co_return output;
}

}  // namespace millrace::dynamodb
