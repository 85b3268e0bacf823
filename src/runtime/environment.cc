#include "runtime/environment.h"

#include <cstdlib>

#include <fmt/format.h>

namespace millrace::runtime {
namespace {

// Module folders in the order Lambda searches them.
std::string node_path(const FunctionSpec& function, const Placement& placement,
                      const RuntimeOptions& options) {
  const int major = node_major(function.runtime_id);
  const std::string& sdk = major <= 16 ? options.node_sdk_v2 : options.node_sdk_v3;
  std::string path;
  const auto add = [&path](const std::string& folder) {
    if (!path.empty()) path += ':';
    path += folder;
  };
  const std::string opt = placement.opt.empty() ? "/opt" : placement.opt;
  add(fmt::format("{}/nodejs/node{}/node_modules", opt, major));
  add(opt + "/nodejs/node_modules");
  if (!sdk.empty()) add(sdk + "/node_modules");
  add(options.node_runtime);
  add(placement.task_root);
  return path;
}

// What a Python function finds beside its package: layers, then the SDK that needs no bundling.
std::string python_path(const FunctionSpec& function, const Placement& placement,
                        const RuntimeOptions& options) {
  const std::string opt = placement.opt.empty() ? "/opt" : placement.opt;
  std::string path = fmt::format("{0}/python/lib/python3.{1}/site-packages:{0}/python", opt,
                                 python_minor(function.runtime_id));
  if (!options.python_sdk.empty()) path += ":" + options.python_sdk;
  return path;
}

// Where layers are when there is no mount to put them at /opt.
std::string with_layers(std::string paths, const std::string& opt) {
  if (opt.empty()) return paths;
  for (std::size_t at = 0; (at = paths.find("/opt/", at)) != std::string::npos; at += opt.size())
    paths.replace(at, 4, opt);
  return paths;
}

}  // namespace

int python_minor(const std::string& runtime_id) {
  return runtime_id.starts_with("python3.") ? std::atoi(runtime_id.c_str() + 8) : 0;
}

RoomContents contents_of(const FunctionSpec& function, const Placement& placement,
                         const RuntimeOptions& options) {
  RoomContents contents;
  contents.task = placement.task_root;
  contents.opt = placement.opt;
  const CodeLayout layout = layout_of(function);
  if (layout == CodeLayout::kNodeSdkV2) contents.modules = options.node_sdk_v2;
  if (layout == CodeLayout::kNodeSdkV3) contents.modules = options.node_sdk_v3;
  contents.tmp_mb = function.ephemeral_storage_mb;
  return contents;
}

int node_major(const std::string& runtime_id) {
  return runtime_id.starts_with("nodejs") ? std::atoi(runtime_id.c_str() + 6) : 0;
}

Environment generic_environment() {
  return {
      {"HOME", "/tmp"},  // its user is in no passwd file; SDKs look for a configuration file at home
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
      {"LD_LIBRARY_PATH",
       "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"},
  };
}

Environment function_environment(const FunctionSpec& function, const Placement& placement,
                                 const RuntimeOptions& options, const Credentials& credentials) {
  Environment env = function.environment;
  const auto set = [&env](const char* name, std::string value) { env[name] = std::move(value); };
  const auto set_default = [&env](const char* name, std::string value) {
    env.emplace(name, std::move(value));
  };

  for (auto& [name, value] : generic_environment())
    set_default(name.c_str(), with_layers(value, placement.opt));
  set("_HANDLER", function.handler);
  set("LAMBDA_TASK_ROOT", placement.task_root);
  const bool python = python_minor(function.runtime_id) != 0;
  set("LAMBDA_RUNTIME_DIR", python ? options.python_runtime : options.node_runtime);
  set("AWS_REGION", function.region);
  set("AWS_DEFAULT_REGION", function.region);
  set("AWS_LAMBDA_FUNCTION_NAME", function.name);
  set("AWS_LAMBDA_FUNCTION_VERSION", function.version);
  set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(function.memory_mb));
  set("AWS_LAMBDA_LOG_GROUP_NAME", function.log_group);
  set("AWS_LAMBDA_LOG_STREAM_NAME", placement.log_stream);
  set("AWS_LAMBDA_LOG_FORMAT", function.log_format);
  if (!function.log_level.empty()) set("AWS_LAMBDA_LOG_LEVEL", function.log_level);
  set("AWS_LAMBDA_INITIALIZATION_TYPE", function.provisioned ? "provisioned-concurrency" : "on-demand");
  set("AWS_ACCESS_KEY_ID", credentials.access_key_id);
  set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
  set("AWS_SESSION_TOKEN", credentials.session_token);
  set_default("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
  set_default("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000");
  set_default("_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129");
  set_default("_AWS_XRAY_DAEMON_PORT", "2000");
  if (!options.endpoint.empty()) set_default("AWS_ENDPOINT_URL", options.endpoint);
  if (node_major(function.runtime_id) != 0) {
    set("AWS_EXECUTION_ENV", "AWS_Lambda_" + function.runtime_id);
    set_default("NODE_PATH", node_path(function, placement, options));
  } else if (python) {
    set("AWS_EXECUTION_ENV", "AWS_Lambda_" + function.runtime_id);
    set_default("PYTHONPATH", python_path(function, placement, options));
  }
  return env;
}

}  // namespace millrace::runtime
