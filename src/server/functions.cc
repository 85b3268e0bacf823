#include "server/functions.h"

#include <filesystem>

#include "base/log.h"
#include "engines/stream/reading.h"

namespace millrace::server {
namespace fs = std::filesystem;

std::string find_runtimes(const std::string& chosen) {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& candidate : {fs::path(chosen), binary / "../share/millrace/runtimes",
                                    fs::path(MILLRACE_SOURCE_DIR) / "runtimes"}) {
    if (!candidate.empty() && fs::exists(candidate / "node/bootstrap.js", error))
      return fs::canonical(candidate, error);
  }
  base::log(base::LogLevel::kWarning,
            "no runtime programs found: nodejs functions cannot run; name their folder with --runtimes");
  return chosen;
}

namespace {

std::string sdk_folder(const std::string& runtimes, std::string_view name) {
  const fs::path folder = fs::path(runtimes) / "node" / name;
  std::error_code error;
  return fs::exists(folder / "node_modules", error) ? folder.string() : std::string();
}

std::string python_sdk_folder(const std::string& runtimes) {
  const fs::path folder = fs::path(runtimes) / "python/sdk/site-packages";
  std::error_code error;
  return fs::exists(folder / "boto3", error) ? folder.string() : std::string();
}

runtime::RuntimeOptions runtime_options(const FunctionsWorld& world) {
  const std::string runtimes = find_runtimes(world.options.runtimes_folder);
  runtime::RuntimeOptions options;
  options.node_program = world.options.node_binary;
  options.node_runtime = runtimes + "/node";
  options.node_sdk_v2 = sdk_folder(runtimes, "sdk-v2");
  options.node_sdk_v3 = sdk_folder(runtimes, "sdk");
  options.rooms = !world.options.plain_processes;
  options.python_program = world.options.python_binary;
  options.python_runtime = runtimes + "/python";
  options.python_sdk = python_sdk_folder(runtimes);
  options.endpoint = world.public_url;
  options.sandboxes = world.options.max_sandboxes;
  options.prestarted = world.options.prestarted_runtimes;
  return options;
}

telemetry::LogEvent to_log_event(runtime::LogEvent event, base::WallTime now) {
  return {std::move(event.log_stream), std::move(event.request_id), std::move(event.message), event.time,
          now};
}

runtime::RuntimeWorld runtime_world(const FunctionsWorld& world, runtime::CodeStore& code,
                                    telemetry::LogStore& logs) {
  runtime::RuntimeWorld out;
  out.threads = world.io.contexts();
  out.spawner = &world.spawner;
  out.code = &code;
  out.clock = &world.clock;
  out.random = &world.random;
  out.metrics = &world.metrics;
  out.logs = [&logs, &clock = world.clock](runtime::LogEvent event) {
    telemetry::GroupKey group{event.function->account, event.function->region, event.function->log_group};
    logs.append(std::move(group), to_log_event(std::move(event), clock.now()));
  };
  out.credentials = [&keys = world.access_keys](const runtime::FunctionSpec& function) {
    const catalog::AccessKey key = keys.session_for(function.role_arn, function.name);
    return runtime::Credentials{key.id, key.secret, key.session_token};
  };
  return out;
}

lambda::LambdaOptions lambda_options(const FunctionsWorld& world) {
  lambda::LambdaOptions options;
  options.public_url = world.public_url;
  options.hot_reload = world.options.auth == AuthMode::kAny;
  return options;
}

// "arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]", as the mapping holds it.
std::optional<lambda::FunctionName> function_named(std::string_view arn) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= arn.size();) {
    const std::size_t end = std::min(arn.find(':', begin), arn.size());
    parts.emplace_back(arn.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.size() < 7) return std::nullopt;
  return lambda::FunctionName{parts[4], parts[3], parts[6], parts.size() > 7 ? parts[7] : ""};
}

base::Task<runtime::FunctionPtr> find_function(lambda::Lambda& service, std::string arn) {
  const auto name = function_named(arn);
  if (!name) co_return nullptr;
  auto found = co_await service.find(*name);
  if (!found || !*found) co_return nullptr;
  co_return (**found).spec;
}

base::Task<bool> stream_exists(store::Store& store, std::string arn) {
  auto name = stream::parse_table_stream_arn(arn);
  if (!name) co_return false;
  auto found = co_await stream::describe(store, std::move(*name));
  co_return found.has_value();
}

std::vector<boost::asio::any_io_executor> executors(IoThreads& io) {
  std::vector<boost::asio::any_io_executor> all;
  for (boost::asio::io_context* context : io.contexts())
    all.emplace_back(context->get_executor());
  return all;
}

}  // namespace

Functions::Functions(const FunctionsWorld& world)
    : logs_(world.store, world.clock),
      code_(world.folder.code, runtime_options(world).node_sdk_v2, runtime_options(world).node_sdk_v3),
      mappings_(world.store, world.clock, world.random),
      runtime_(runtime::make_runtime(runtime_options(world), runtime_world(world, code_, logs_))),
      meters_(*runtime_, world.metric_store, world.clock),
      lambda_(lambda::LambdaWorld{
                  world.catalog, meters_, code_, world.clock, world.random,
                  [runtime = runtime_.get()](runtime::FunctionPtr function) {
                    runtime->prepare(std::move(function));
                  },
                  &mappings_,
                  [&store = world.store](std::string arn) { return stream_exists(store, std::move(arn)); },
                  &world.objects},
              lambda_options(world)),
      async_(lambda_),
      urls_(lambda_, world.verifying, lambda::FunctionUrlOptions{world.options.url_bandwidth_shape}),
      handler_(meters_, world.random,
               [this](std::string arn) { return find_function(lambda_, std::move(arn)); }),
      failures_(world.objects, world.clock, world.random),
      triggers_(triggers::TriggersWorld{world.store, mappings_, world.clock, world.random, world.metrics,
                                        handler_, failures_,
                                        [this](std::string_view arn, std::chrono::milliseconds age) {
                                          meters_.iterator_age(arn, age);
                                        }},
                executors(world.io)) {
  lambda_.set_async(&async_);
}

}  // namespace millrace::server
