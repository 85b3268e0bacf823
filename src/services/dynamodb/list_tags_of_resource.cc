// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
#include "shapes/dynamodb/list_tags_of_resource.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

// A table has at most 50 tags: there is never a second page.
Answer<ListTagsOfResourceOutput> list_tags_of_resource(DynamoDb& service, const wire::RequestContext& context,
                                                       ListTagsOfResourceInput input) {
  auto table = co_await find_resource(service, context, input.resource_arn);
  if (!table) co_return base::fail(std::move(table.error()));
  ListTagsOfResourceOutput output;
  output.tags.emplace();
  for (const auto& [key, value] : (*table)->tags)
    output.tags->push_back({key, value, 0});
  co_return output;
}

}  // namespace millrace::dynamodb
