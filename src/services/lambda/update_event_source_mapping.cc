#include "services/lambda/mapping.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<UpdateEventSourceMappingOutput>> update_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, UpdateEventSourceMappingInput input) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return base::fail(no_mappings());
  auto found = co_await mappings->find(context.account(), context.region, input.uuid);
  if (!found) co_return base::fail(to_service_error(found.error(), input.uuid));
  std::string function_arn;
  if (input.function_name) {
    auto name = parse_function_name(context, *input.function_name);
    if (!name) co_return base::fail(std::move(name.error()));
    auto function = co_await service.load(*name);
    if (!function) co_return base::fail(std::move(function.error()));
    function_arn = name->qualified_arn();
  }
  catalog::MappingSettings trial = found->settings;
  if (auto refusal = take_mapping(input, trial)) co_return base::fail(std::move(*refusal));
  catalog::EventSourceMappings::Edit edit = [&](catalog::EventSourceMapping& mapping) {
    (void)take_mapping(input, mapping.settings);  // refused above, if at all
    if (!function_arn.empty()) mapping.function_arn = function_arn;
    if (input.enabled) mapping.enabled = *input.enabled;
  };
  auto updated = co_await mappings->update(context.account(), context.region, input.uuid, std::move(edit));
  if (!updated) co_return base::fail(to_service_error(updated.error(), input.uuid));
  co_return describe_mapping(*updated);
}

}  // namespace millrace::lambda
