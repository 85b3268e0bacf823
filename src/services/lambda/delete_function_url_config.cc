#include "services/lambda/operations.h"
#include "services/lambda/url_store.h"

namespace millrace::lambda {

base::Task<Answer<DeleteFunctionUrlConfigOutput>> delete_function_url_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionUrlConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await load_url(service, *name);
  if (!found) co_return base::fail(std::move(found.error()));
  std::vector<catalog::Change> changes;
  changes.push_back({url_key(*name), std::nullopt, catalog::Expect::present()});
  changes.push_back({url_id_key(found->url.id), std::nullopt, {}});
  auto erased = co_await service.world().catalog.apply(std::move(changes));
  if (!erased) co_return base::fail(to_service_error(erased.error()));
  co_return DeleteFunctionUrlConfigOutput{};
}

}  // namespace millrace::lambda
