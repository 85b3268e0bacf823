#include "services/lambda/mapping.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<DeleteEventSourceMappingOutput>> delete_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, DeleteEventSourceMappingInput input) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return base::fail(no_mappings());
  auto removed = co_await mappings->remove(context.account(), context.region, input.uuid);
  if (!removed) co_return base::fail(to_service_error(removed.error(), input.uuid));
  co_return describe_mapping(*removed);
}

}  // namespace millrace::lambda
