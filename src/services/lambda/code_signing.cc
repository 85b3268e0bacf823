#include "services/lambda/code_signing.h"

#include "base/log.h"
#include "base/text.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr int kAttempts = 16;
constexpr const char* kAttached = "lambda.code-signing";

struct ArnParts {
  std::string region;
  std::string account;
  std::string id;
};

// arn:aws:lambda:<region>:<account>:code-signing-config:<id>
ArnParts parts_of(std::string_view arn) {
  const std::vector<std::string_view> parts = base::split(arn, ':');
  if (parts.size() != 7) return {};
  return {std::string(parts[3]), std::string(parts[4]), std::string(parts[6])};
}

}  // namespace

std::string encode_code_signing(const CodeSigningRecord& record) {
  RecordWriter out;
  out.text("arn", std::string_view(record.arn)).text("description", std::string_view(record.description));
  out.texts("publishers", record.publishers).text("onUntrusted", std::string_view(record.on_untrusted));
  out.text("modified", std::string_view(record.modified)).map("tags", record.tags);
  return out.finish();
}

std::optional<CodeSigningRecord> decode_code_signing(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  CodeSigningRecord record;
  record.arn = read_text(in, "arn");
  record.description = read_text(in, "description");
  record.publishers = read_texts(in, "publishers");
  record.on_untrusted = read_text(in, "onUntrusted");
  record.modified = read_text(in, "modified");
  record.tags = read_map(in, "tags");
  return record;
}

CodeSigningConfig describe_code_signing(const CodeSigningRecord& record) {
  CodeSigningConfig out;
  out.code_signing_config_arn = record.arn;
  out.code_signing_config_id = record.id();
  out.description = record.description;
  out.allowed_publishers.signing_profile_version_arns = record.publishers;
  out.code_signing_policies.untrusted_artifact_on_deployment = record.on_untrusted;
  out.last_modified = record.modified;
  return out;
}

catalog::ResourceKey code_signing_key(std::string_view arn) {
  ArnParts parts = parts_of(arn);
  return {"lambda.code-signing-config", std::move(parts.account), std::move(parts.region),
          std::move(parts.id)};
}

catalog::ResourceKey attached_code_signing_key(const FunctionName& name) {
  return {kAttached, name.account, name.region, name.name};
}

base::Task<Answer<StoredCodeSigning>> load_code_signing(Lambda& service, std::string arn) {
  auto found = co_await service.get(code_signing_key(arn));
  if (!found) co_return base::fail(std::move(found.error()));
  std::optional<CodeSigningRecord> record;
  if (*found) record = decode_code_signing((*found)->document);
  if (!record) {
    co_return base::fail(
        resource_not_found_exception("The Lambda code signing configuration " + arn + " can not be found."));
  }
  StoredCodeSigning stored;
  stored.record = std::move(*record);
  stored.revision = (*found)->revision;
  co_return stored;
}

base::Task<Answer<CodeSigningRecord>> change_code_signing(Lambda& service, std::string arn,
                                                          CodeSigningEdit edit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto stored = co_await load_code_signing(service, arn);
    if (!stored) co_return base::fail(std::move(stored.error()));
    if (auto refusal = edit(stored->record)) co_return base::fail(std::move(*refusal));
    auto written = co_await service.world().catalog.put(
        code_signing_key(arn), encode_code_signing(stored->record), catalog::Expect::at(stored->revision));
    if (written) co_return std::move(stored->record);
    if (written.error() == catalog::CatalogError::kStore)
      co_return base::fail(to_service_error(written.error()));
  }
  co_return base::fail(
      service_exception("The code signing configuration is changed by other requests at the same time."));
}

base::Task<Answer<std::vector<catalog::Change>>> attach_code_signing(Lambda& service, FunctionName name,
                                                                     std::string arn) {
  auto stored = co_await load_code_signing(service, arn);
  if (!stored && stored.error().code == "ResourceNotFoundException") {
    co_return base::fail(code_signing_config_not_found_exception(
        "The code signing configuration cannot be found. Check that the provided configuration is not "
        "deleted: " +
        arn + "."));
  }
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (stored->record.on_untrusted == "Enforce") {
    base::log(base::LogLevel::kWarning,
              "{} asks that the code of {} is signed: kept and shown, but signatures are not verified here",
              arn, name.arn());
  }
  RecordWriter attached;
  attached.text("config", std::string_view(arn));
  std::vector<catalog::Change> changes;
  // Written as it is: who deletes the configuration at the same time sees that it changed.
  changes.push_back(
      {code_signing_key(arn), encode_code_signing(stored->record), catalog::Expect::at(stored->revision)});
  changes.push_back({attached_code_signing_key(name), attached.finish(), {}});
  co_return changes;
}

base::Task<Answer<std::vector<std::string>>> functions_with_code_signing(Lambda& service, std::string arn) {
  const ArnParts parts = parts_of(arn);
  catalog::ListRequest request;
  request.kind = kAttached;
  request.account = parts.account;
  request.region = parts.region;
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::vector<std::string> functions;
  for (const catalog::Resource& resource : page->resources) {
    wire::JsonParser parser;
    if (!parser.parse(resource.document) || read_text(parser.root(), "config") != arn) continue;
    const FunctionName name{parts.account, parts.region, resource.key.name, ""};
    functions.push_back(name.arn());
  }
  co_return functions;
}

}  // namespace millrace::lambda
