#include "services/lambda/function_record.h"

#include <cstdlib>

#include <fmt/format.h>

namespace millrace::lambda {
namespace {

using wire::Json;

std::string encode_settings(const FunctionSettings& s) {
  RecordWriter out;
  out.text("runtime", std::string_view(s.runtime)).text("role", std::string_view(s.role));
  out.text("handler", std::string_view(s.handler)).text("description", std::string_view(s.description));
  out.number("timeout", std::int64_t{s.timeout}).number("memory", std::int64_t{s.memory_size});
  if (s.environment) out.map("environment", *s.environment);
  std::vector<std::string> packages;
  for (const LayerPackage& layer : s.layer_packages) {
    packages.push_back(layer.sha256_hex);
    packages.push_back(std::to_string(layer.size));
    packages.push_back(std::to_string(layer.unpacked_size));
  }
  if (!packages.empty()) out.texts("layerPackages", packages);
  out.texts("layers", s.layers).text("tracing", std::string_view(s.tracing_mode));
  out.text("kms", std::string_view(s.kms_key_arn)).text("dlq", std::string_view(s.dead_letter_arn));
  out.number("storage", std::int64_t{s.ephemeral_storage}).text("snapStart", std::string_view(s.snap_start));
  out.text("logFormat", std::string_view(s.log_format)).text("logGroup", std::string_view(s.log_group));
  out.text("appLogLevel", std::string_view(s.application_log_level));
  out.text("systemLogLevel", std::string_view(s.system_log_level));
  if (s.has_vpc) out.texts("subnets", s.subnet_ids).texts("securityGroups", s.security_group_ids);
  std::vector<std::string> file_systems;
  for (const auto& [arn, path] : s.file_systems)
    file_systems.insert(file_systems.end(), {arn, path});
  if (!file_systems.empty()) out.texts("fileSystems", file_systems);
  return out.finish();
}

FunctionSettings decode_settings(const Json& in) {
  FunctionSettings s;
  s.runtime = read_text(in, "runtime");
  s.role = read_text(in, "role");
  s.handler = read_text(in, "handler");
  s.description = read_text(in, "description");
  s.timeout = static_cast<std::int32_t>(read_number(in, "timeout", 3));
  s.memory_size = static_cast<std::int32_t>(read_number(in, "memory", 128));
  if (in.find("environment").kind() == wire::JsonKind::kObject) s.environment = read_map(in, "environment");
  s.layers = read_texts(in, "layers");
  const std::vector<std::string> packages = read_texts(in, "layerPackages");
  for (std::size_t i = 0; i + 2 < packages.size(); i += 3)
    s.layer_packages.push_back(
        {packages[i], std::atoll(packages[i + 1].c_str()), std::atoll(packages[i + 2].c_str())});
  s.tracing_mode = read_text(in, "tracing");
  s.kms_key_arn = read_text(in, "kms");
  s.dead_letter_arn = read_text(in, "dlq");
  s.ephemeral_storage = static_cast<std::int32_t>(read_number(in, "storage", 512));
  s.snap_start = read_text(in, "snapStart");
  s.log_format = read_text(in, "logFormat");
  s.log_group = read_text(in, "logGroup");
  s.application_log_level = read_text(in, "appLogLevel");
  s.system_log_level = read_text(in, "systemLogLevel");
  s.has_vpc = in.find("subnets").kind() == wire::JsonKind::kArray;
  s.subnet_ids = read_texts(in, "subnets");
  s.security_group_ids = read_texts(in, "securityGroups");
  const std::vector<std::string> file_systems = read_texts(in, "fileSystems");
  for (std::size_t i = 0; i + 1 < file_systems.size(); i += 2) {
    s.file_systems.emplace_back(file_systems[i], file_systems[i + 1]);
  }
  return s;
}

std::string encode_event_invoke(const EventInvokeSettings& e) {
  RecordWriter out;
  out.number("modified", base::unix_millis(e.last_modified));
  out.number("retries", e.maximum_retry_attempts).number("age", e.maximum_event_age);
  out.text("onSuccess", std::string_view(e.on_success_arn))
      .text("onFailure", std::string_view(e.on_failure_arn));
  return out.finish();
}

EventInvokeSettings decode_event_invoke(const Json& in) {
  EventInvokeSettings e;
  e.last_modified = base::WallTime(std::chrono::milliseconds(read_number(in, "modified")));
  e.maximum_retry_attempts = read_optional_number(in, "retries");
  e.maximum_event_age = read_optional_number(in, "age");
  e.on_success_arn = read_text(in, "onSuccess");
  e.on_failure_arn = read_text(in, "onFailure");
  return e;
}

}  // namespace

std::string encode_record(const FunctionRecord& record) {
  RecordWriter out;
  out.text("account", std::string_view(record.name.account))
      .text("region", std::string_view(record.name.region));
  out.text("name", std::string_view(record.name.name))
      .text("version", std::string_view(record.name.qualifier));
  out.raw("settings", encode_settings(record.settings)).texts("architectures", record.architectures);
  out.text("codeHex", std::string_view(record.code_sha256_hex))
      .text("code", std::string_view(record.code_sha256));
  out.number("codeUnpacked", record.code_unpacked);
  out.number("codeSize", record.code_size).text("modified", std::string_view(record.last_modified));
  out.text("revision", std::string_view(record.revision_id)).map("tags", record.tags);
  out.number("reserved", record.reserved_concurrency).number("lastVersion", record.last_version);
  out.text("recursiveLoop", std::string_view(record.recursive_loop));
  if (record.event_invoke) out.raw("eventInvoke", encode_event_invoke(*record.event_invoke));
  return out.finish();
}

std::optional<FunctionRecord> decode_record(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const Json in = parser.root();
  FunctionRecord record;
  record.name = {read_text(in, "account"), read_text(in, "region"), read_text(in, "name"),
                 read_text(in, "version")};
  if (record.name.name.empty()) return std::nullopt;
  record.settings = decode_settings(in.find("settings"));
  record.architectures = read_texts(in, "architectures");
  record.code_sha256_hex = read_text(in, "codeHex");
  record.code_sha256 = read_text(in, "code");
  record.code_size = read_number(in, "codeSize");
  record.code_unpacked = read_number(in, "codeUnpacked");
  record.last_modified = read_text(in, "modified");
  record.revision_id = read_text(in, "revision");
  record.tags = read_map(in, "tags");
  record.reserved_concurrency = read_optional_number(in, "reserved");
  record.last_version = read_number(in, "lastVersion");
  record.recursive_loop = read_optional_text(in, "recursiveLoop").value_or("Terminate");
  if (const Json async = in.find("eventInvoke"); async.kind() == wire::JsonKind::kObject) {
    record.event_invoke = decode_event_invoke(async);
  }
  return record;
}

runtime::FunctionPtr make_spec(const FunctionRecord& record, std::string_view qualifier) {
  auto spec = std::make_shared<runtime::FunctionSpec>();
  const FunctionSettings& s = record.settings;
  spec->arn = qualifier.empty() ? record.name.arn() : record.name.arn() + ":" + std::string(qualifier);
  spec->name = record.name.name;
  spec->version = record.version();
  spec->region = record.name.region;
  spec->account = record.name.account;
  spec->runtime_id = s.runtime;
  spec->handler = s.handler;
  spec->code_sha256 = record.code_sha256_hex;
  spec->revision = record.revision_id;
  for (const LayerPackage& layer : s.layer_packages) {
    if (!layer.sha256_hex.empty()) spec->layer_sha256.push_back(layer.sha256_hex);
  }
  if (s.environment) spec->environment.insert(s.environment->begin(), s.environment->end());
  spec->memory_mb = static_cast<std::uint32_t>(s.memory_size);
  spec->timeout = std::chrono::seconds(s.timeout);
  spec->role_arn = s.role;
  spec->log_group = record.log_group();
  spec->log_format = s.log_format;
  spec->log_level = s.application_log_level;
  spec->ephemeral_storage_mb = static_cast<std::uint32_t>(s.ephemeral_storage);
  return spec;
}

std::string lambda_timestamp(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace millrace::lambda
