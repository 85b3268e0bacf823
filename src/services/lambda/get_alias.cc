#include "services/lambda/alias_store.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetAliasOutput>> get_alias(Lambda& service, const wire::RequestContext& context,
                                             GetAliasInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier = input.name;
  auto stored = co_await load_alias(service, *name);
  if (!stored) co_return base::fail(std::move(stored.error()));
  co_return describe_alias(*name, stored->alias);
}

}  // namespace millrace::lambda
