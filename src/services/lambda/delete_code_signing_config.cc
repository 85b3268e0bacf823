#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<DeleteCodeSigningConfigOutput>> delete_code_signing_config(
    Lambda& service, [[maybe_unused]] const wire::RequestContext& context,
    DeleteCodeSigningConfigInput input) {
  const std::string arn = input.code_signing_config_arn;
  auto stored = co_await load_code_signing(service, arn);
  if (!stored) co_return base::fail(std::move(stored.error()));
  // Read after the revision: a function that gets it from now on changes that.
  auto users = co_await functions_with_code_signing(service, arn);
  if (!users) co_return base::fail(std::move(users.error()));
  const catalog::Expect as_seen = catalog::Expect::at(stored->revision);
  bool in_use = !users->empty();
  if (!in_use) {
    auto erased = co_await service.world().catalog.erase(code_signing_key(arn), as_seen);
    if (erased) co_return DeleteCodeSigningConfigOutput{};
    if (erased.error() == catalog::CatalogError::kStore)
      co_return base::fail(to_service_error(erased.error()));
  }
  co_return base::fail(resource_conflict_exception(
      "The code signing configuration " + arn +
      " cannot be deleted: functions use it, or it is being changed. Remove it from its functions first."));
}

}  // namespace millrace::lambda
