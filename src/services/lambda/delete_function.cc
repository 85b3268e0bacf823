#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/url_record.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

// Everything that hangs on the function: versions, aliases, policies, URLs and their ids.
base::Task<Answer<std::vector<catalog::Change>>> dependents(Lambda& service, FunctionName name) {
  std::vector<catalog::Change> changes;
  for (const char* kind : {"lambda.version", "lambda.alias", "lambda.policy", "lambda.url",
                           "lambda.runtime-management", "lambda.code-signing"}) {
    catalog::ListRequest request;
    request.kind = kind;
    request.account = name.account;
    request.region = name.region;
    request.name_prefix = name.name;
    request.limit = 100'000;
    auto page = co_await service.list(std::move(request));
    if (!page) co_return base::fail(std::move(page.error()));
    for (catalog::Resource& resource : page->resources) {
      if (resource.key.name != name.name && !resource.key.name.starts_with(name.name + ":")) continue;
      if (resource.key.kind == "lambda.url") {
        if (auto url = decode_url(resource.document))
          changes.push_back({url_id_key(url->id), std::nullopt, {}});
      }
      changes.push_back({std::move(resource.key), std::nullopt, {}});
    }
  }
  const auto provisioned = co_await provisioned_of(service, name);
  if (!provisioned) co_return base::fail(provisioned.error());
  for (const ProvisionedRecord& record : *provisioned)
    changes.push_back({provisioned_key(record.name), std::nullopt, {}});
  co_return changes;
}

}  // namespace

base::Task<Answer<DeleteFunctionOutput>> delete_function(Lambda& service, const wire::RequestContext& context,
                                                         DeleteFunctionInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (name->qualifier == "$LATEST") {
    co_return base::fail(invalid_parameter_value_exception(
        "$LATEST version cannot be deleted without deleting the function."));
  }
  if (!name->qualifier.empty()) {
    if (!is_version_number(name->qualifier)) {
      co_return base::fail(
          invalid_parameter_value_exception("Deletion of aliases is not currently supported."));
    }
    (void)co_await service.world().catalog.erase(version_key(*name));  // AWS does not mind when there is none
    (void)co_await service.world().catalog.erase(provisioned_key(*name));
    co_await apply_provisioned(service);
    co_return DeleteFunctionOutput{};
  }
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto changes = co_await dependents(service, *name);
  if (!changes) co_return base::fail(std::move(changes.error()));
  changes->push_back({function_key(*name), std::nullopt, catalog::Expect::present()});
  auto erased = co_await service.world().catalog.apply(std::move(*changes));
  if (!erased && erased.error() == catalog::CatalogError::kNotFound)
    co_return base::fail(function_not_found(*name));
  if (!erased) co_return base::fail(to_service_error(erased.error()));
  service.world().invoker.retire(name->arn());
  co_await apply_provisioned(service);
  co_return DeleteFunctionOutput{};
}

}  // namespace millrace::lambda
