// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
#include "shapes/dynamodb/tag_resource.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_schema.h"

namespace millrace::dynamodb {

Answer<TagResourceOutput> tag_resource(DynamoDb& service, const wire::RequestContext& context,
                                       TagResourceInput input) {
  if (auto name = resource_name(context, input.resource_arn); !name)
    co_return base::fail(std::move(name.error()));
  if (input.tags.empty()) co_return refuse("Atleast one Tag needs to be provided as Input.");  // sic
  if (auto ok = check_tags(input.tags); !ok) co_return base::fail(std::move(ok.error()));
  auto table = co_await find_resource(service, context, input.resource_arn);
  if (!table) co_return base::fail(std::move(table.error()));
  table::Definitions::Edit edit = [&input](table::TableDefinition& definition) -> table::TableResult<void> {
    for (const Tag& tag : input.tags)
      definition.tags[tag.key] = tag.value;
    if (definition.tags.size() > kMaxTags)
      return table::table_error(table::TableErrorKind::kInvalid,
                                "Number of Tags exceed the current limit for the provided ResourceArn");
    return {};
  };
  auto changed = co_await service.tables.definitions().change((*table)->name, std::move(edit), {});
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  co_return TagResourceOutput();
}

}  // namespace millrace::dynamodb
