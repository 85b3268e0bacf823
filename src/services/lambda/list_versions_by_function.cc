#include <algorithm>

#include "services/lambda/describe.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"
#include "services/lambda/versions.h"

namespace millrace::lambda {

base::Task<Answer<ListVersionsByFunctionOutput>> list_versions_by_function(
    Lambda& service, const wire::RequestContext& context, ListVersionsByFunctionInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto versions = co_await published_versions(service, *name);
  if (!versions) co_return base::fail(std::move(versions.error()));
  const auto limit = static_cast<std::size_t>(std::min(input.max_items.value_or(50), 50));
  const std::int64_t last = after->empty() || !is_version_number(*after) ? -1 : std::stoll(*after);
  ListVersionsByFunctionOutput out;
  out.versions.emplace();
  if (after->empty()) out.versions->push_back(describe(*loaded->record, "$LATEST", States::kOmitted));
  for (const FunctionRecord& version : *versions) {
    if (std::stoll(version.name.qualifier) <= last) continue;
    if (out.versions->size() == limit) {
      // $LATEST, version 0 so to speak, comes first and is never the last of a page that is not the last.
      const std::string shown = out.versions->back().version.value_or("0");
      out.next_marker = make_marker(is_version_number(shown) ? shown : "0");
      break;
    }
    out.versions->push_back(describe(version, version.version(), States::kOmitted));
  }
  co_return out;
}

}  // namespace millrace::lambda
