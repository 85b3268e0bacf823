#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr std::int32_t kAlwaysUnreserved = 100;

// A version and an alias of it cannot both be provisioned.
base::Task<std::optional<wire::ServiceError>> check_overlap(Lambda& service, FunctionName name,
                                                            std::string version,
                                                            const std::vector<ProvisionedRecord>& others) {
  const bool alias = !is_version_number(name.qualifier);
  for (const ProvisionedRecord& other : others) {
    if (other.name.qualifier == name.qualifier) continue;
    if (alias && other.name.qualifier == version) {
      co_return resource_conflict_exception(
          "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
    }
    if (alias || is_version_number(other.name.qualifier)) continue;
    auto pointed = co_await service.find(other.name);
    if (pointed && *pointed && (*pointed)->record->version() == version)
      co_return resource_conflict_exception("Version is pointed by a Provisioned Concurrency alias");
  }
  co_return std::nullopt;
}

// What the account has given away already: reserved for functions, and provisioned for those without a reserve.
base::Task<Answer<std::int32_t>> taken_of_account(Lambda& service, FunctionName but) {
  catalog::ListRequest request;
  request.kind = "lambda.function";
  request.account = but.account;
  request.region = but.region;
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::int32_t taken = 0;
  for (const catalog::Resource& resource : page->resources) {
    const std::optional<FunctionRecord> record = decode_record(resource.document);
    if (!record) continue;
    taken += record->reserved_concurrency.value_or(0);
    if (record->reserved_concurrency) continue;
    const auto provisioned = co_await provisioned_of(service, record->name);
    if (!provisioned) continue;
    for (const ProvisionedRecord& one : *provisioned) {
      if (one.name.name != but.name || one.name.qualifier != but.qualifier) taken += one.requested;
    }
  }
  co_return taken;
}

base::Task<std::optional<wire::ServiceError>> check_room(Lambda& service, FunctionName name,
                                                         std::int32_t wanted,
                                                         const std::vector<ProvisionedRecord>& others) {
  FunctionName latest = name;
  latest.qualifier.clear();
  auto function = co_await service.load(latest);
  if (!function) co_return std::move(function.error());
  if (const auto reserved = function->record->reserved_concurrency) {
    std::int32_t sum = wanted;
    for (const ProvisionedRecord& other : others)
      sum += other.name.qualifier == name.qualifier ? 0 : other.requested;
    if (sum <= *reserved) co_return std::nullopt;
    co_return invalid_parameter_value_exception(
        "Specified ConcurrentExecutions for function is greater than function's reserved concurrency");
  }
  const auto taken = co_await taken_of_account(service, name);
  if (!taken) co_return taken.error();
  const auto account = static_cast<std::int32_t>(service.options().account_concurrency);
  if (account - *taken - wanted >= kAlwaysUnreserved) co_return std::nullopt;
  co_return invalid_parameter_value_exception(
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
      "its minimum "
      "value of [100].");
}

}  // namespace

base::Task<Answer<PutProvisionedConcurrencyConfigOutput>> put_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, PutProvisionedConcurrencyConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await provisioning_target(service, *name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  const std::int32_t wanted = input.provisioned_concurrent_executions;
  const auto others = co_await provisioned_of(service, *name);
  if (!others) co_return base::fail(others.error());
  auto refusal = co_await check_overlap(service, *name, loaded->record->version(), *others);
  if (!refusal) refusal = co_await check_room(service, *name, wanted, *others);
  if (refusal) co_return base::fail(std::move(*refusal));
  ProvisionedRecord record{*name, wanted, service.world().clock.now()};
  auto written = co_await service.world().catalog.put(provisioned_key(*name), encode_provisioned(record));
  if (!written) co_return base::fail(to_service_error(written.error()));
  co_await apply_provisioned(service);
  auto out = describe_provisioned<PutProvisionedConcurrencyConfigOutput>(service, record);
  co_return out;
}

}  // namespace millrace::lambda
