// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
#include "shapes/dynamodb/list_tables.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

Answer<ListTablesOutput> list_tables(DynamoDb& service, const wire::RequestContext& context,
                                     ListTablesInput input) {
  const auto limit = static_cast<std::size_t>(input.limit.value_or(100));
  auto names = co_await service.tables.definitions().list(
      context.account(), context.region, input.exclusive_start_table_name.value_or(""), limit + 1);
  if (!names) co_return base::fail(to_service_error(std::move(names.error())));
  ListTablesOutput output;
  if (names->size() > limit) {
    names->resize(limit);
    output.last_evaluated_table_name = names->back();
  }
  output.table_names = std::move(*names);
  co_return output;
}

}  // namespace millrace::dynamodb
