// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
#include "shapes/dynamodb/untag_resource.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<UntagResourceOutput> untag_resource(DynamoDb& service, const wire::RequestContext& context,
                                           UntagResourceInput input) {
  if (auto name = resource_name(context, input.resource_arn); !name)
    co_return base::fail(std::move(name.error()));
  if (input.tag_keys.empty()) co_return refuse("Atleast one Tag Key needs to be provided as Input.");  // sic
  auto table = co_await find_resource(service, context, input.resource_arn);
  if (!table) co_return base::fail(std::move(table.error()));
  table::Definitions::Edit edit = [&input](table::TableDefinition& definition) -> table::TableResult<void> {
    for (const std::string& key : input.tag_keys)
      definition.tags.erase(key);
    return {};
  };
  auto changed = co_await service.tables.definitions().change((*table)->name, std::move(edit), {});
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  co_return UntagResourceOutput();
}

}  // namespace millrace::dynamodb
