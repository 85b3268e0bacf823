#include "services/lambda/lambda.h"

#include <charconv>

#include "services/lambda/alias_record.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr std::size_t kCachedRecords = 8192;
constexpr int kAttempts = 16;  // of a conditional write, when others write the same record

}  // namespace

Lambda::Lambda(LambdaWorld world, LambdaOptions options)
    : world_(std::move(world)), options_(std::move(options)), in_flight_(options_.account_concurrency) {}
Lambda::~Lambda() = default;

Answer<LoadedFunction> Lambda::decode(const FunctionName& asked, const catalog::Resource& resource) {
  const std::string id = asked.qualified_arn() + "\n" + resource.key.name;
  LoadedFunction loaded;
  loaded.asked = asked;
  loaded.revision = resource.revision;
  std::lock_guard lock(mutex_);
  Cached& cached = cache_[id];
  if (cached.revision != resource.revision || !cached.record) {
    std::optional<FunctionRecord> record = decode_record(resource.document);
    if (!record)
      return base::fail(service_exception("The stored configuration of the function cannot be read."));
    cached.revision = resource.revision;
    cached.record = std::make_shared<FunctionRecord>(std::move(*record));
    cached.spec = make_spec(*cached.record, asked.qualifier);
  }
  loaded.record = cached.record;
  loaded.spec = cached.spec;
  if (cache_.size() > kCachedRecords) cache_.clear();
  return loaded;
}

base::Task<Answer<std::optional<FunctionName>>> Lambda::resolve_alias(FunctionName name) {
  auto found = co_await world_.catalog.get(alias_key(name));
  if (!found) co_return base::fail(to_service_error(found.error()));
  if (!*found) co_return std::optional<FunctionName>();
  std::optional<AliasRecord> alias = decode_alias((*found)->document);
  if (!alias) co_return base::fail(service_exception("The stored alias cannot be read."));
  const double point = static_cast<double>(world_.random.below(1'000'000)) / 1'000'000;
  name.qualifier = version_at(*alias, point);
  co_return std::optional<FunctionName>(std::move(name));
}

base::Task<Answer<std::optional<LoadedFunction>>> Lambda::find(FunctionName name) {
  catalog::ResourceKey key = function_key(name);
  FunctionName target = name;
  if (!name.qualifier.empty() && name.qualifier != "$LATEST") {
    if (!is_version_number(name.qualifier)) {
      auto resolved = co_await resolve_alias(name);
      if (!resolved) co_return base::fail(std::move(resolved.error()));
      if (!*resolved) co_return std::optional<LoadedFunction>();
      target = std::move(**resolved);
    }
    if (target.qualifier != "$LATEST") key = version_key(target);
  }
  auto found = co_await world_.catalog.get(key);
  if (!found) co_return base::fail(to_service_error(found.error()));
  if (!*found) co_return std::optional<LoadedFunction>();
  auto loaded = decode(name, **found);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  co_return std::optional<LoadedFunction>(std::move(*loaded));
}

base::Task<Answer<LoadedFunction>> Lambda::load(FunctionName name) {
  auto found = co_await find(name);
  if (!found) co_return base::fail(std::move(found.error()));
  if (!*found) co_return base::fail(function_not_found(name));
  co_return std::move(**found);
}

base::Task<Answer<FunctionRecord>> Lambda::change(FunctionName name, Edit edit) {
  name.qualifier.clear();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto loaded = co_await load(name);
    if (!loaded) co_return base::fail(std::move(loaded.error()));
    FunctionRecord record = *loaded->record;
    if (std::optional<wire::ServiceError> refusal = edit(record)) co_return base::fail(std::move(*refusal));
    auto written = co_await world_.catalog.put(function_key(name), encode_record(record),
                                               catalog::Expect::at(loaded->revision));
    if (written) co_return record;
    if (written.error() == catalog::CatalogError::kChanged) continue;
    if (written.error() == catalog::CatalogError::kNotFound) co_return base::fail(function_not_found(name));
    co_return base::fail(to_service_error(written.error()));
  }
  co_return base::fail(resource_conflict_exception(
      "The operation cannot be performed at this time. An update is in progress for "
      "resource: " +
      name.arn()));
}

base::Task<Answer<std::optional<catalog::Resource>>> Lambda::get(catalog::ResourceKey key) {
  auto found = co_await world_.catalog.get(std::move(key));
  if (!found) co_return base::fail(to_service_error(found.error()));
  co_return std::move(*found);
}

base::Task<Answer<catalog::Page>> Lambda::list(catalog::ListRequest request) {
  auto page = co_await world_.catalog.list(std::move(request));
  if (!page) co_return base::fail(to_service_error(page.error()));
  co_return std::move(*page);
}

catalog::ResourceKey function_key(const FunctionName& name) {
  return {"lambda.function", name.account, name.region, name.name};
}
catalog::ResourceKey version_key(const FunctionName& name) {
  return {"lambda.version", name.account, name.region, name.name + ":" + name.qualifier};
}
catalog::ResourceKey alias_key(const FunctionName& name) {
  return {"lambda.alias", name.account, name.region, name.name + ":" + name.qualifier};
}
catalog::ResourceKey qualified_key(std::string_view kind, const FunctionName& name) {
  std::string id = name.name;
  if (!name.qualifier.empty() && name.qualifier != "$LATEST") id += ":" + name.qualifier;
  return {std::string(kind), name.account, name.region, std::move(id)};
}

wire::ServiceError to_service_error(catalog::CatalogError error) {
  switch (error) {
    case catalog::CatalogError::kNotFound:
      return resource_not_found_exception("The resource you requested does not exist.");
    case catalog::CatalogError::kExists:
      return resource_conflict_exception("The resource already exists.");
    case catalog::CatalogError::kChanged:
      return precondition_failed_exception(
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API "
          "to retrieve the "
          "latest Revision Id");
    case catalog::CatalogError::kStore:
      return service_exception("The service encountered an internal error: the store refused.");
  }
  return service_exception("The service encountered an internal error.");
}

bool is_version_number(std::string_view qualifier) {
  return !qualifier.empty() && qualifier.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace millrace::lambda
