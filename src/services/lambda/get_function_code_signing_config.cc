#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {

// A function without one: an answer without members, as from AWS.
base::Task<Answer<GetFunctionCodeSigningConfigOutput>> get_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionCodeSigningConfigInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto found = co_await service.get(attached_code_signing_key(*name));
  if (!found) co_return base::fail(std::move(found.error()));
  GetFunctionCodeSigningConfigOutput out;
  wire::JsonParser parser;
  if (*found && parser.parse((*found)->document)) {
    out.code_signing_config_arn = read_text(parser.root(), "config");
    out.function_name = name->name;
  }
  co_return out;
}

}  // namespace millrace::lambda
