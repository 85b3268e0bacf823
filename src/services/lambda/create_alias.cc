#include "services/lambda/alias_store.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<CreateAliasOutput>> create_alias(Lambda& service, const wire::RequestContext& context,
                                                   CreateAliasInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  AliasRecord alias{input.name,
                    input.function_version,
                    input.description.value_or(""),
                    base::make_uuid(service.world().random),
                    {}};
  take_routing(input.routing_config, alias);
  if (auto refusal = co_await check_alias(service, *name, alias)) co_return base::fail(std::move(*refusal));
  name->qualifier = alias.name;
  auto written =
      co_await service.world().catalog.put(alias_key(*name), encode_alias(alias), catalog::Expect::absent());
  if (!written && written.error() == catalog::CatalogError::kExists) {
    co_return base::fail(resource_conflict_exception("Alias already exists: " + name->qualified_arn()));
  }
  if (!written) co_return base::fail(to_service_error(written.error()));
  co_return describe_alias(*name, alias);
}

}  // namespace millrace::lambda
