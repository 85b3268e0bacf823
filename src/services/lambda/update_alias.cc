#include "services/lambda/alias_store.h"
#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"

namespace millrace::lambda {

base::Task<Answer<UpdateAliasOutput>> update_alias(Lambda& service, const wire::RequestContext& context,
                                                   UpdateAliasInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier = input.name;
  auto stored = co_await load_alias(service, *name);
  if (!stored) co_return base::fail(std::move(stored.error()));
  AliasRecord& alias = stored->alias;
  if (input.revision_id && *input.revision_id != alias.revision_id) {
    co_return base::fail(to_service_error(catalog::CatalogError::kChanged));
  }
  if (input.function_version) alias.version = std::move(*input.function_version);
  if (input.description) alias.description = std::move(*input.description);
  take_routing(input.routing_config, alias);
  if (auto refusal = co_await check_alias(service, *name, alias)) co_return base::fail(std::move(*refusal));
  alias.revision_id = base::make_uuid(service.world().random);
  auto written = co_await service.world().catalog.put(alias_key(*name), encode_alias(alias),
                                                      catalog::Expect::at(stored->revision));
  if (!written) co_return base::fail(to_service_error(written.error()));
  co_await apply_provisioned(service);  // of another version, if that is what it names now
  co_return describe_alias(*name, alias);
}

}  // namespace millrace::lambda
