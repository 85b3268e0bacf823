#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

base::Task<Answer<ProvisionedRecord>> load_provisioned(Lambda& service, FunctionName name) {
  auto found = co_await service.get(provisioned_key(name));
  if (!found) co_return base::fail(std::move(found.error()));
  std::optional<ProvisionedRecord> record;
  if (*found) record = decode_provisioned((*found)->document);
  if (record) co_return std::move(*record);
  co_return base::fail(provisioned_concurrency_config_not_found_exception(
      "No Provisioned Concurrency Config found for this function"));
}

}  // namespace

base::Task<Answer<GetProvisionedConcurrencyConfigOutput>> get_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, GetProvisionedConcurrencyConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await provisioning_target(service, *name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  const auto record = co_await load_provisioned(service, *name);
  if (!record) co_return base::fail(record.error());
  co_return describe_provisioned<GetProvisionedConcurrencyConfigOutput>(service, *record);
}

}  // namespace millrace::lambda
