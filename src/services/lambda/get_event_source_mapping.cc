#include "services/lambda/mapping.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetEventSourceMappingOutput>> get_event_source_mapping(Lambda& service,
                                                                         const wire::RequestContext& context,
                                                                         GetEventSourceMappingInput input) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return base::fail(no_mappings());
  auto found = co_await mappings->find(context.account(), context.region, input.uuid);
  if (!found) co_return base::fail(to_service_error(found.error(), input.uuid));
  co_return describe_mapping(*found);
}

}  // namespace millrace::lambda
