#include "services/lambda/operations.h"
#include "services/lambda/tags.h"

namespace millrace::lambda {

base::Task<Answer<UntagResourceOutput>> untag_resource(Lambda& service, const wire::RequestContext& context,
                                                       UntagResourceInput input) {
  auto edit = [&](TextMap& tags) {
    for (const std::string& key : input.tag_keys)
      tags.erase(key);
  };
  auto refusal = co_await change_tags(service, context, input.resource, edit);
  if (refusal) co_return base::fail(std::move(*refusal));
  co_return UntagResourceOutput{};
}

}  // namespace millrace::lambda
