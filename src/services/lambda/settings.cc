#include "services/lambda/settings.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "shapes/lambda/create_function.h"
#include "shapes/lambda/errors.h"
#include "shapes/lambda/update_function_configuration.h"

namespace millrace::lambda {
namespace {

constexpr std::size_t kEnvironmentBytes = 4096;
constexpr std::array<std::string_view, 18> kReserved = {"AWS_ACCESS_KEY",
                                                        "AWS_ACCESS_KEY_ID",
                                                        "AWS_DEFAULT_REGION",
                                                        "AWS_EXECUTION_ENV",
                                                        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                        "AWS_LAMBDA_FUNCTION_NAME",
                                                        "AWS_LAMBDA_FUNCTION_VERSION",
                                                        "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                        "AWS_LAMBDA_LOG_GROUP_NAME",
                                                        "AWS_LAMBDA_LOG_STREAM_NAME",
                                                        "AWS_LAMBDA_RUNTIME_API",
                                                        "AWS_REGION",
                                                        "AWS_SECRET_ACCESS_KEY",
                                                        "AWS_SESSION_TOKEN",
                                                        "LAMBDA_RUNTIME_DIR",
                                                        "LAMBDA_TASK_ROOT",
                                                        "_HANDLER",
                                                        "_X_AMZN_TRACE_ID"};

wire::ServiceError over_limit(std::string_view value, std::string_view member, int limit) {
  return wire::validation_error(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member "
                  "must have value less than or equal to {}",
                  value, member, limit));
}

template <class T>
void take(std::optional<T>& from, T& to) {
  if (from) to = std::move(*from);
}

void take_logging(LoggingConfig& logging, FunctionSettings& settings) {
  take(logging.log_format, settings.log_format);
  take(logging.log_group, settings.log_group);
  take(logging.application_log_level, settings.application_log_level);
  take(logging.system_log_level, settings.system_log_level);
  if (settings.log_format == "Text") {
    settings.application_log_level.clear();
    settings.system_log_level.clear();
  }
}

template <class Input>
void take_kept(Input& input, FunctionSettings& settings) {
  if (input.vpc_config) {
    settings.subnet_ids = input.vpc_config->subnet_ids.value_or(std::vector<std::string>());
    settings.security_group_ids = input.vpc_config->security_group_ids.value_or(std::vector<std::string>());
    settings.has_vpc = !settings.subnet_ids.empty() || !settings.security_group_ids.empty();
  }
  if (input.file_system_configs) {
    settings.file_systems.clear();
    for (FileSystemConfig& config : *input.file_system_configs) {
      settings.file_systems.emplace_back(std::move(config.arn), std::move(config.local_mount_path));
    }
  }
  if (input.snap_start) take(input.snap_start->apply_on, settings.snap_start);
  if (input.tracing_config) take(input.tracing_config->mode, settings.tracing_mode);
  if (input.dead_letter_config) settings.dead_letter_arn = input.dead_letter_config->target_arn.value_or("");
  take(input.kms_key_arn, settings.kms_key_arn);
}

template <class Input>
std::optional<wire::ServiceError> take_all(Input& input, FunctionSettings& settings) {
  take(input.runtime, settings.runtime);
  take(input.handler, settings.handler);
  take(input.description, settings.description);
  take(input.timeout, settings.timeout);
  take(input.memory_size, settings.memory_size);
  take(input.layers, settings.layers);
  if (settings.timeout > 900) return over_limit(std::to_string(settings.timeout), "timeout", 900);
  if (settings.memory_size > 10240)
    return over_limit(std::to_string(settings.memory_size), "memorySize", 10240);
  if (settings.layers.size() > 5) {
    return invalid_parameter_value_exception("Cannot reference more than 5 layers.");
  }
  if (input.environment && input.environment->variables) {
    if (auto refusal = check_environment(*input.environment->variables)) return refusal;
    settings.environment = std::move(*input.environment->variables);
  }
  if (input.ephemeral_storage) settings.ephemeral_storage = input.ephemeral_storage->size;
  if (input.logging_config) take_logging(*input.logging_config, settings);
  take_kept(input, settings);
  return std::nullopt;
}

}  // namespace

std::optional<wire::ServiceError> check_environment(const TextMap& variables) {
  std::string reserved;
  RecordWriter measured;
  for (const auto& [name, value] : variables) {
    measured.text(name, std::string_view(value));
    if (std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end()) continue;
    if (!reserved.empty()) reserved += ", ";
    reserved += name;
  }
  if (!reserved.empty()) {
    return invalid_parameter_value_exception(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have provided contains "
        "reserved keys that are currently not supported for modification. Reserved keys used in this "
        "request: " +
        reserved);
  }
  const std::string text = measured.finish();
  if (text.size() > kEnvironmentBytes) {
    return invalid_parameter_value_exception(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have provided exceeded "
        "the 4KB limit. String measured: " +
        text);
  }
  return std::nullopt;
}

std::optional<wire::ServiceError> take_settings(CreateFunctionInput& input, FunctionSettings& settings) {
  settings.role = input.role;
  return take_all(input, settings);
}

std::optional<wire::ServiceError> take_settings(UpdateFunctionConfigurationInput& input,
                                                FunctionSettings& settings) {
  take(input.role, settings.role);
  return take_all(input, settings);
}

}  // namespace millrace::lambda
