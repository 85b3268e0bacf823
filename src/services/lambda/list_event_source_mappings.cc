#include <algorithm>

#include "services/lambda/mapping.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

base::Task<Answer<ListEventSourceMappingsOutput>> list_event_source_mappings(
    Lambda& service, const wire::RequestContext& context, ListEventSourceMappingsInput input) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return base::fail(no_mappings());
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  const auto limit = static_cast<std::size_t>(std::min(input.max_items.value_or(100), 100));
  catalog::EventSourceMappings::ListRequest request;
  request.account = context.account();
  request.region = context.region;
  request.event_source_arn = input.event_source_arn.value_or("");
  request.after = std::move(*after);
  request.limit = limit + 1;  // one more tells whether there is a next page
  if (input.function_name) {
    auto name = parse_function_name(context, *input.function_name);
    if (!name) co_return base::fail(std::move(name.error()));
    request.function_arn = name->qualified_arn();
  }
  auto page = co_await mappings->list(std::move(request));
  if (!page) co_return base::fail(to_service_error(page.error(), ""));
  ListEventSourceMappingsOutput out;
  out.event_source_mappings.emplace();
  for (const catalog::EventSourceMapping& mapping : *page) {
    if (out.event_source_mappings->size() == limit) {
      out.next_marker = make_marker(*out.event_source_mappings->back().uuid);
      break;
    }
    out.event_source_mappings->push_back(describe_mapping(mapping));
  }
  co_return out;
}

}  // namespace millrace::lambda
