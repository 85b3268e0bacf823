#include <algorithm>

#include "services/lambda/describe.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"
#include "services/lambda/versions.h"

namespace millrace::lambda {

base::Task<Answer<ListFunctionsOutput>> list_functions(Lambda& service, const wire::RequestContext& context,
                                                       ListFunctionsInput input) {
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  catalog::ListRequest request;
  request.kind = "lambda.function";
  request.account = context.account();
  request.region = context.region;
  request.after = std::move(*after);
  request.limit =
      static_cast<std::size_t>(std::min(input.max_items.value_or(50), 50));  // AWS never gives more
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  ListFunctionsOutput out;
  out.functions.emplace();
  for (const catalog::Resource& resource : page->resources) {
    std::optional<FunctionRecord> record = decode_record(resource.document);
    if (!record) continue;
    const bool all = input.function_version.value_or("") == "ALL";
    out.functions->push_back(describe(*record, all ? "$LATEST" : "", States::kOmitted));
    if (!all) continue;
    auto versions = co_await published_versions(service, record->name);
    if (!versions) co_return base::fail(std::move(versions.error()));
    for (const FunctionRecord& version : *versions) {
      out.functions->push_back(describe(version, version.version(), States::kOmitted));
    }
  }
  if (page->more) out.next_marker = make_marker(page->resources.back().key.name);
  co_return out;
}

}  // namespace millrace::lambda
