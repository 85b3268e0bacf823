#include "services/lambda/provisioned.h"

#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

// All of a server under one account and region, so that they are found together at start.
std::string function_prefix(const FunctionName& name) {
  return name.account + "/" + name.region + "/" + name.name + ":";
}

}  // namespace

// The version or alias, which must be there.
base::Task<Answer<LoadedFunction>> provisioning_target(Lambda& service, FunctionName name) {
  if (name.qualifier.empty() || name.qualifier == "$LATEST") {
    co_return base::fail(invalid_parameter_value_exception(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions."));
  }
  auto found = co_await service.find(name);
  if (!found) co_return base::fail(std::move(found.error()));
  if (*found) co_return std::move(**found);
  if (is_version_number(name.qualifier)) co_return base::fail(function_not_found(name));
  co_return base::fail(resource_not_found_exception("Cannot find alias arn: " + name.qualified_arn()));
}

std::string encode_provisioned(const ProvisionedRecord& record) {
  RecordWriter out;
  out.text("account", std::string_view(record.name.account))
      .text("region", std::string_view(record.name.region));
  out.text("name", std::string_view(record.name.name))
      .text("qualifier", std::string_view(record.name.qualifier));
  out.number("requested", std::int64_t{record.requested})
      .number("modified", base::unix_millis(record.modified));
  return out.finish();
}

std::optional<ProvisionedRecord> decode_provisioned(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  ProvisionedRecord record;
  record.name = {read_text(in, "account"), read_text(in, "region"), read_text(in, "name"),
                 read_text(in, "qualifier")};
  record.requested = static_cast<std::int32_t>(read_number(in, "requested"));
  record.modified = base::WallTime(std::chrono::milliseconds(read_number(in, "modified")));
  return record;
}

catalog::ResourceKey provisioned_key(const FunctionName& name) {
  return {"lambda.provisioned", "", "", function_prefix(name) + name.qualifier};
}

base::Task<Answer<std::vector<ProvisionedRecord>>> provisioned_of(Lambda& service, FunctionName name) {
  catalog::ListRequest request;
  request.kind = "lambda.provisioned";
  if (!name.name.empty()) request.name_prefix = function_prefix(name);
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::vector<ProvisionedRecord> records;
  for (const catalog::Resource& resource : page->resources) {
    if (auto record = decode_provisioned(resource.document)) records.push_back(std::move(*record));
  }
  co_return records;
}

base::Task<> apply_provisioned(Lambda& service) {
  FunctionName every;
  const auto records = co_await provisioned_of(service, every);
  if (!records) co_return;
  std::vector<runtime::Provision> wanted;
  for (const ProvisionedRecord& record : *records) {
    auto found = co_await service.find(record.name);
    if (found && *found) wanted.push_back({(*found)->spec, static_cast<std::uint32_t>(record.requested)});
  }
  service.world().invoker.provision(std::move(wanted));
}

}  // namespace millrace::lambda
