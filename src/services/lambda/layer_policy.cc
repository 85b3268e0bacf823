#include "services/lambda/layer_policy.h"

#include "base/random.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr std::size_t kPolicyBytes = 20480;

catalog::ResourceKey policy_key(const LayerName& name) {
  catalog::ResourceKey key = layer_key(name);
  key.kind = "lambda.layer-policy";
  return key;
}

}  // namespace

base::Task<Answer<StoredLayerPolicy>> load_layer_policy(Lambda& service, const wire::RequestContext& context,
                                                        std::string layer, std::int64_t version) {
  auto name = parse_layer_name(context, layer);
  if (!name) co_return base::fail(std::move(name.error()));
  name->version = version;
  auto there = co_await load_layer(service, *name);
  if (!there) co_return base::fail(std::move(there.error()));
  StoredLayerPolicy stored;
  stored.name = *name;
  auto found = co_await service.get(policy_key(*name));
  if (!found) co_return base::fail(std::move(found.error()));
  if (*found) {
    stored.policy = decode_policy((*found)->document).value_or(PolicyRecord());
    stored.expect = catalog::Expect::at((*found)->revision);
  }
  co_return stored;
}

std::optional<wire::ServiceError> check_layer_policy_revision(const std::optional<std::string>& given,
                                                              const PolicyRecord& policy) {
  if (!given || *given == policy.revision_id) return std::nullopt;
  return precondition_failed_exception(
      "The RevisionId provided does not match the latest RevisionId. Call the GetLayerPolicy API to retrieve "
      "the latest "
      "RevisionId");
}

base::Task<std::optional<wire::ServiceError>> keep_layer_policy(Lambda& service, StoredLayerPolicy& stored) {
  stored.policy.revision_id = base::make_uuid(service.world().random);
  std::vector<catalog::Change> changes;
  changes.push_back({policy_key(stored.name), std::nullopt, stored.expect});
  if (!stored.policy.statements.empty()) changes[0].document = encode_policy(stored.policy);
  if (changes[0].document && changes[0].document->size() > kPolicyBytes) {
    co_return policy_length_exceeded_exception("The final policy size is bigger than the limit (20480).");
  }
  auto written = co_await service.world().catalog.apply(std::move(changes));
  if (!written) co_return to_service_error(written.error());
  co_return std::nullopt;
}

}  // namespace millrace::lambda
