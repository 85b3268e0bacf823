#include "services/lambda/describe.h"

namespace millrace::lambda {
namespace {

void describe_extras(const FunctionRecord& record, FunctionConfiguration& out) {
  const FunctionSettings& s = record.settings;
  if (s.environment && !s.environment->empty()) {
    EnvironmentResponse environment;
    environment.variables = *s.environment;
    out.environment = std::move(environment);
  }
  if (s.has_vpc) {
    VpcConfigResponse vpc;
    vpc.subnet_ids = s.subnet_ids;
    vpc.security_group_ids = s.security_group_ids;
    vpc.vpc_id = s.subnet_ids.empty() ? "" : "vpc-00000000";
    vpc.ipv6_allowed_for_dual_stack = false;
    out.vpc_config = std::move(vpc);
  }
  if (!s.dead_letter_arn.empty()) {
    DeadLetterConfig dead_letter;
    dead_letter.target_arn = s.dead_letter_arn;
    out.dead_letter_config = std::move(dead_letter);
  }
  if (!s.kms_key_arn.empty()) out.kms_key_arn = s.kms_key_arn;
  if (!s.layers.empty()) {
    out.layers.emplace();
    for (std::size_t i = 0; i < s.layers.size(); ++i) {
      Layer layer;
      layer.arn = s.layers[i];
      layer.code_size = i < s.layer_packages.size() ? s.layer_packages[i].size : 0;
      out.layers->push_back(std::move(layer));
    }
  }
  if (!s.file_systems.empty()) {
    out.file_system_configs.emplace();
    for (const auto& [arn, path] : s.file_systems) {
      FileSystemConfig file_system;
      file_system.arn = arn;
      file_system.local_mount_path = path;
      out.file_system_configs->push_back(std::move(file_system));
    }
  }
}

LoggingConfig describe_logging(const FunctionRecord& record) {
  const FunctionSettings& s = record.settings;
  LoggingConfig logging;
  logging.log_format = s.log_format;
  logging.log_group = record.log_group();
  if (s.log_format == "JSON") {
    logging.application_log_level = s.application_log_level.empty() ? "INFO" : s.application_log_level;
    logging.system_log_level = s.system_log_level.empty() ? "INFO" : s.system_log_level;
  }
  return logging;
}

}  // namespace

FunctionConfiguration describe(const FunctionRecord& record, std::string_view qualifier, States states) {
  const FunctionSettings& s = record.settings;
  FunctionConfiguration out;
  out.function_name = record.name.name;
  out.function_arn = qualifier.empty() ? record.name.arn() : record.name.arn() + ":" + std::string(qualifier);
  out.runtime = s.runtime;
  out.role = s.role;
  out.handler = s.handler;
  out.code_size = record.code_size;
  out.description = s.description;
  out.timeout = s.timeout;
  out.memory_size = s.memory_size;
  out.last_modified = record.last_modified;
  out.code_sha256 = record.code_sha256;
  out.version = record.version();
  out.revision_id = record.revision_id;
  out.package_type = "Zip";
  out.architectures = record.architectures;
  TracingConfigResponse tracing;
  tracing.mode = s.tracing_mode;
  out.tracing_config = std::move(tracing);
  EphemeralStorage storage;
  storage.size = s.ephemeral_storage;
  out.ephemeral_storage = std::move(storage);
  SnapStartResponse snap_start;
  snap_start.apply_on = s.snap_start;
  snap_start.optimization_status = "Off";
  out.snap_start = std::move(snap_start);
  out.logging_config = describe_logging(record);
  describe_extras(record, out);
  if (states == States::kShown) {
    out.state = "Active";
    out.last_update_status = "Successful";
    RuntimeVersionConfig runtime_version;
    runtime_version.runtime_version_arn =
        "arn:aws:lambda:" + record.name.region + "::runtime:millrace-" + s.runtime;
    out.runtime_version_config = std::move(runtime_version);
  }
  return out;
}

}  // namespace millrace::lambda
