#include "services/lambda/operations.h"
#include "services/lambda/paging.h"
#include "services/lambda/provisioned.h"

namespace millrace::lambda {

base::Task<Answer<ListProvisionedConcurrencyConfigsOutput>> list_provisioned_concurrency_configs(
    Lambda& service, const wire::RequestContext& context, ListProvisionedConcurrencyConfigsInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  const auto records = co_await provisioned_of(service, *name);
  if (!records) co_return base::fail(records.error());
  const auto most = static_cast<std::size_t>(input.max_items.value_or(50));
  ListProvisionedConcurrencyConfigsOutput out;
  out.provisioned_concurrency_configs.emplace();
  for (const ProvisionedRecord& record : *records) {
    if (record.name.qualifier <= *after) continue;
    if (out.provisioned_concurrency_configs->size() == most) {
      const std::string& last = *out.provisioned_concurrency_configs->back().function_arn;
      out.next_marker = make_marker(std::string_view(last).substr(last.rfind(':') + 1));
      break;
    }
    auto item = describe_provisioned<ProvisionedConcurrencyConfigListItem>(service, record);
    item.function_arn = record.name.qualified_arn();
    out.provisioned_concurrency_configs->push_back(std::move(item));
  }
  co_return out;
}

}  // namespace millrace::lambda
