// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
#include "shapes/dynamodb/describe_export.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/transfer_answers.h"

namespace millrace::dynamodb {

Answer<DescribeExportOutput> describe_export(DynamoDb& service, const wire::RequestContext& context,
                                             DescribeExportInput input) {
  auto transfer =
      co_await find_transfer(service, context, table::TransferKind::kExport, std::move(input.export_arn));
  if (!transfer) co_return base::fail(std::move(transfer.error()));
  DescribeExportOutput output;
  output.export_description = export_description(*transfer);
  co_return output;
}

}  // namespace millrace::dynamodb
