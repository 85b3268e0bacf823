// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html
#include "shapes/dynamodb/describe_import.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/transfer_answers.h"

namespace millrace::dynamodb {

Answer<DescribeImportOutput> describe_import(DynamoDb& service, const wire::RequestContext& context,
                                             DescribeImportInput input) {
  auto transfer =
      co_await find_transfer(service, context, table::TransferKind::kImport, std::move(input.import_arn));
  if (!transfer) co_return base::fail(std::move(transfer.error()));
  DescribeImportOutput output;
  output.import_table_description = import_description(*transfer);
  co_return output;
}

}  // namespace millrace::dynamodb
