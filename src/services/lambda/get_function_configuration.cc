#include "services/lambda/describe.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionConfigurationOutput>> get_function_configuration(
    Lambda& service, const wire::RequestContext& context, GetFunctionConfigurationInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  co_return describe(*loaded->record, name->qualifier);
}

}  // namespace millrace::lambda
