#include "services/lambda/operations.h"
#include "services/lambda/tags.h"

namespace millrace::lambda {

base::Task<Answer<TagResourceOutput>> tag_resource(Lambda& service, const wire::RequestContext& context,
                                                   TagResourceInput input) {
  auto edit = [&](TextMap& tags) {
    for (const auto& [key, value] : input.tags)
      tags.insert_or_assign(key, value);
  };
  auto refusal = co_await change_tags(service, context, input.resource, edit);
  if (refusal) co_return base::fail(std::move(*refusal));
  co_return TagResourceOutput{};
}

}  // namespace millrace::lambda
