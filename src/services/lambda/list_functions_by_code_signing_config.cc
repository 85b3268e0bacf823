#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

base::Task<Answer<ListFunctionsByCodeSigningConfigOutput>> list_functions_by_code_signing_config(
    Lambda& service, [[maybe_unused]] const wire::RequestContext& context,
    ListFunctionsByCodeSigningConfigInput input) {
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  auto there = co_await load_code_signing(service, input.code_signing_config_arn);
  if (!there) co_return base::fail(std::move(there.error()));
  auto functions = co_await functions_with_code_signing(service, input.code_signing_config_arn);
  if (!functions) co_return base::fail(std::move(functions.error()));
  const auto most = static_cast<std::size_t>(input.max_items.value_or(50));
  ListFunctionsByCodeSigningConfigOutput out;
  out.function_arns.emplace();
  for (std::string& arn : *functions) {
    if (arn <= *after) continue;
    if (out.function_arns->size() == most) {
      out.next_marker = make_marker(out.function_arns->back());
      break;
    }
    out.function_arns->push_back(std::move(arn));
  }
  co_return out;
}

}  // namespace millrace::lambda
