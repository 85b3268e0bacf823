#include "services/lambda/operations.h"
#include "services/lambda/tags.h"

namespace millrace::lambda {

base::Task<Answer<ListTagsOutput>> list_tags(Lambda& service, const wire::RequestContext& context,
                                             ListTagsInput input) {
  auto tags = co_await tags_of(service, context, input.resource);
  if (!tags) co_return base::fail(std::move(tags.error()));
  ListTagsOutput out;
  out.tags = std::move(*tags);
  co_return out;
}

}  // namespace millrace::lambda
