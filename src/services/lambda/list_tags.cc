#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<ListTagsOutput>> list_tags(Lambda& service, const wire::RequestContext& context,
                                             ListTagsInput input) {
  auto name = parse_function_arn(context, input.resource);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  ListTagsOutput out;
  out.tags = loaded->record->tags;
  co_return out;
}

}  // namespace millrace::lambda
