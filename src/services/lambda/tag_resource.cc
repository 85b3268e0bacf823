#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<TagResourceOutput>> tag_resource(Lambda& service, const wire::RequestContext& context,
                                                   TagResourceInput input) {
  auto name = parse_function_arn(context, input.resource);
  if (!name) co_return base::fail(std::move(name.error()));
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    for (const auto& [key, value] : input.tags)
      record.tags.insert_or_assign(key, value);
    if (record.tags.size() > 50) {
      return invalid_parameter_value_exception("Number of tags exceeds resource tag limit.");
    }
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return TagResourceOutput{};
}

}  // namespace millrace::lambda
