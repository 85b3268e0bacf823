#include "services/lambda/alias_store.h"

#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<StoredAlias>> load_alias(Lambda& service, FunctionName name) {
  auto found = co_await service.get(alias_key(name));
  if (!found) co_return base::fail(std::move(found.error()));
  if (!*found)
    co_return base::fail(resource_not_found_exception("Cannot find alias arn: " + name.qualified_arn()));
  std::optional<AliasRecord> alias = decode_alias((*found)->document);
  if (!alias) co_return base::fail(service_exception("The stored alias cannot be read."));
  co_return StoredAlias{std::move(*alias), (*found)->revision};
}

base::Task<std::optional<wire::ServiceError>> check_alias(Lambda& service, FunctionName name,
                                                          const AliasRecord& alias) {
  std::vector<std::string> versions{alias.version};
  for (const auto& [version, weight] : alias.weights) {
    versions.push_back(version);
    if (weight < 0 || weight > 1 || version == alias.version || alias.version == "$LATEST") {
      co_return invalid_parameter_value_exception("Invalid function version " + version +
                                                  ". Function version " + version +
                                                  " is already included in routing configuration or its "
                                                  "weight is not between 0 and 1.");
    }
  }
  for (const std::string& version : versions) {
    name.qualifier = version;
    auto found = co_await service.find(name);
    if (!found) co_return std::move(found.error());
    if (!*found) co_return function_not_found(name);
  }
  co_return std::nullopt;
}

void take_routing(const std::optional<AliasRoutingConfiguration>& from, AliasRecord& to) {
  if (!from) return;
  to.weights.clear();
  if (!from->additional_version_weights) return;
  for (const auto& [version, weight] : *from->additional_version_weights)
    to.weights.emplace(version, weight);
}

AliasConfiguration describe_alias(const FunctionName& function, const AliasRecord& alias) {
  AliasConfiguration out;
  out.alias_arn = function.arn() + ":" + alias.name;
  out.name = alias.name;
  out.function_version = alias.version;
  out.description = alias.description;
  out.revision_id = alias.revision_id;
  if (!alias.weights.empty()) {
    AliasRoutingConfiguration routing;
    routing.additional_version_weights.emplace();
    for (const auto& [version, weight] : alias.weights)
      routing.additional_version_weights->emplace(version, weight);
    out.routing_config = std::move(routing);
  }
  return out;
}

}  // namespace millrace::lambda
