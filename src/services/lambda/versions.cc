#include "services/lambda/versions.h"

#include <algorithm>

#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr int kAttempts = 16;

// Every change of code or configuration gives a new revision id, and a version keeps the one it was made from.
bool same_function(const FunctionRecord& latest, const FunctionRecord& version) {
  return latest.revision_id == version.revision_id;
}

FunctionRecord copy_of(const FunctionRecord& latest, std::int64_t number,
                       const std::optional<std::string>& description) {
  FunctionRecord version = latest;
  version.name.qualifier = std::to_string(number);
  version.tags.clear();
  version.reserved_concurrency.reset();
  version.event_invoke.reset();
  if (description) version.settings.description = *description;
  return version;
}

}  // namespace

base::Task<Answer<FunctionRecord>> publish(Lambda& service, FunctionName name,
                                           std::optional<std::string> description) {
  name.qualifier.clear();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto loaded = co_await service.load(name);
    if (!loaded) co_return base::fail(std::move(loaded.error()));
    FunctionRecord latest = *loaded->record;
    if (latest.last_version > 0) {
      FunctionName newest = name;
      newest.qualifier = std::to_string(latest.last_version);
      auto version = co_await service.find(newest);
      if (!version) co_return base::fail(std::move(version.error()));
      if (*version && same_function(latest, *(*version)->record)) co_return *(*version)->record;
    }
    ++latest.last_version;
    const FunctionRecord version = copy_of(latest, latest.last_version, description);
    std::vector<catalog::Change> changes;
    changes.push_back({function_key(name), encode_record(latest), catalog::Expect::at(loaded->revision)});
    changes.push_back({version_key(version.name), encode_record(version), catalog::Expect::absent()});
    auto written = co_await service.world().catalog.apply(std::move(changes));
    if (written) co_return version;
    if (written.error() != catalog::CatalogError::kChanged)
      co_return base::fail(to_service_error(written.error()));
  }
  co_return base::fail(resource_conflict_exception("An update is in progress for resource: " + name.arn()));
}

base::Task<Answer<std::vector<FunctionRecord>>> published_versions(Lambda& service, FunctionName name) {
  catalog::ListRequest request;
  request.kind = "lambda.version";
  request.account = name.account;
  request.region = name.region;
  request.name_prefix = name.name + ":";
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::vector<FunctionRecord> versions;
  for (const catalog::Resource& resource : page->resources) {
    std::optional<FunctionRecord> record = decode_record(resource.document);
    if (record) versions.push_back(std::move(*record));
  }
  std::sort(versions.begin(), versions.end(), [](const FunctionRecord& a, const FunctionRecord& b) {
    return std::stoll(a.name.qualifier) < std::stoll(b.name.qualifier);
  });
  co_return versions;
}

}  // namespace millrace::lambda
