#include "services/lambda/policy_store.h"

#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr int kAttempts = 16;
constexpr std::size_t kPolicyBytes = 20480;

}  // namespace

base::Task<Answer<StoredPolicy>> load_policy(Lambda& service, FunctionName name) {
  auto function = co_await service.load(name);
  if (!function) co_return base::fail(std::move(function.error()));
  auto found = co_await service.get(qualified_key("lambda.policy", name));
  if (!found) co_return base::fail(std::move(found.error()));
  StoredPolicy stored;
  if (*found) {
    std::optional<PolicyRecord> policy = decode_policy((*found)->document);
    if (!policy) co_return base::fail(service_exception("The stored policy cannot be read."));
    stored.policy = std::move(*policy);
    stored.revision = (*found)->revision;
  }
  co_return stored;
}

base::Task<Answer<PolicyRecord>> change_policy(Lambda& service, FunctionName name,
                                               std::optional<std::string> expected, PolicyEdit edit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto stored = co_await load_policy(service, name);
    if (!stored) co_return base::fail(std::move(stored.error()));
    if (expected && *expected != stored->policy.revision_id) {
      co_return base::fail(
          precondition_failed_exception("The RevisionId provided does not match the latest RevisionId. Call "
                                        "the GetPolicy API to retrieve the latest RevisionId"));
    }
    if (auto refusal = edit(stored->policy)) co_return base::fail(std::move(*refusal));
    stored->policy.revision_id = base::make_uuid(service.world().random);
    const catalog::Expect expect =
        stored->revision ? catalog::Expect::at(*stored->revision) : catalog::Expect::absent();
    std::vector<catalog::Change> changes;
    changes.push_back({qualified_key("lambda.policy", name), std::nullopt, expect});
    if (!stored->policy.statements.empty()) changes[0].document = encode_policy(stored->policy);
    if (changes[0].document && changes[0].document->size() > kPolicyBytes) {
      co_return base::fail(
          policy_length_exceeded_exception("The final policy size is bigger than the limit (20480)."));
    }
    auto written = co_await service.world().catalog.apply(std::move(changes));
    if (written) co_return std::move(stored->policy);
    if (written.error() == catalog::CatalogError::kStore)
      co_return base::fail(to_service_error(written.error()));
  }
  co_return base::fail(
      resource_conflict_exception("The policy was changed by other requests at the same time."));
}

}  // namespace millrace::lambda
