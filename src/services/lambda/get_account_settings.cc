#include <set>

#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"

namespace millrace::lambda {

base::Task<Answer<GetAccountSettingsOutput>> get_account_settings(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  GetAccountSettingsInput) {
  catalog::ListRequest request;
  request.kind = "lambda.function";
  request.account = context.account();
  request.region = context.region;
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::int64_t bytes = 0;
  std::int32_t reserved = 0;
  std::set<std::string> packages;  // several functions may share one
  for (const catalog::Resource& resource : page->resources) {
    std::optional<FunctionRecord> record = decode_record(resource.document);
    if (!record) continue;
    reserved += record->reserved_concurrency.value_or(0);
    if (!record->reserved_concurrency) {
      const auto provisioned = co_await provisioned_of(service, record->name);
      if (!provisioned) co_return base::fail(provisioned.error());
      for (const ProvisionedRecord& one : *provisioned)
        reserved += one.requested;
    }
    if (packages.insert(record->code_sha256_hex).second) bytes += record->code_size;
  }
  const auto account = static_cast<std::int32_t>(service.options().account_concurrency);
  GetAccountSettingsOutput out;
  AccountLimit limit;
  limit.total_code_size = 80'530'636'800;
  limit.code_size_unzipped = 262'144'000;
  limit.code_size_zipped = 52'428'800;
  limit.concurrent_executions = account;
  limit.unreserved_concurrent_executions = account - reserved;
  out.account_limit = std::move(limit);
  AccountUsage usage;
  usage.total_code_size = bytes;
  usage.function_count = static_cast<std::int64_t>(page->resources.size());
  out.account_usage = std::move(usage);
  co_return out;
}

}  // namespace millrace::lambda
