#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<UntagResourceOutput>> untag_resource(Lambda& service, const wire::RequestContext& context,
                                                       UntagResourceInput input) {
  auto name = parse_function_arn(context, input.resource);
  if (!name) co_return base::fail(std::move(name.error()));
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    for (const std::string& key : input.tag_keys)
      record.tags.erase(key);
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return UntagResourceOutput{};
}

}  // namespace millrace::lambda
