#include "server/options.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>

namespace millrace::server {
namespace {

const std::map<std::string, AuthMode> kAuthModes{{"any", AuthMode::kAny}, {"enforce", AuthMode::kEnforce}};
const std::map<std::string, store::Durability> kDurabilities{{"sync", store::Durability::kSync},
                                                             {"os", store::Durability::kOs}};
const std::map<std::string, base::LogLevel> kLogLevels{{"debug", base::LogLevel::kDebug},
                                                       {"info", base::LogLevel::kInfo},
                                                       {"warn", base::LogLevel::kWarning},
                                                       {"error", base::LogLevel::kError}};

std::string check_account(const std::string& account) {
  const bool digits = account.find_first_not_of("0123456789") == std::string::npos;
  return account.size() == 12 && digits ? "" : "an account is twelve digits, such as 000000000000";
}

// One word per value instead of CLI11's list of numbers.
template <class T>
CLI::CheckedTransformer one_of(const std::map<std::string, T>& names) {
  CLI::CheckedTransformer transformer(names, CLI::ignore_case);
  std::string words;
  for (const auto& [name, value] : names)
    words += (words.empty() ? "" : "|") + name;
  transformer.description(words);
  return transformer;
}

void add_network_options(CLI::App& serve, ServeOptions& options) {
  serve.add_option("--bind", options.bind_address, "Address to listen on")
      ->envname("MILLRACE_BIND")
      ->capture_default_str();
  serve.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
      ->envname("MILLRACE_PORT")
      ->capture_default_str();
  serve
      .add_option("--auth", options.auth,
                  "Whose requests are served: any credentials, or verified signatures")
      ->transform(one_of(kAuthModes))
      ->default_str("any")
      ->envname("MILLRACE_AUTH");
  serve.add_flag("--insecure", options.insecure,
                 "Listen beyond loopback although signatures are not verified");
}

void add_data_options(CLI::App& serve, ServeOptions& options) {
  serve.add_option("--data", options.data_folder, "Folder of everything that is kept")
      ->envname("MILLRACE_DATA")
      ->capture_default_str();
  serve
      .add_option("--durability", options.durability,
                  "sync: a reply means it is on the disk; os: the page cache is trusted")
      ->transform(one_of(kDurabilities))
      ->default_str("sync")
      ->envname("MILLRACE_DURABILITY");
  serve.add_option("--cache-mb", options.cache_mb, "Memory for cached data")
      ->envname("MILLRACE_CACHE_MB")
      ->capture_default_str();
  serve
      .add_flag("--throttle", options.throttle,
                "Hold provisioned tables to their throughput, with bursts of 300 s, as AWS does")
      ->envname("MILLRACE_THROTTLE");
  serve
      .add_option(
          "--stream-shard-units", options.stream_shard_units,
          "Write units a second that a shard of a table's stream takes before it is split; 0: any number")
      ->envname("MILLRACE_STREAM_SHARD_UNITS")
      ->capture_default_str();
  serve
      .add_option("--stream-shard-seconds", options.stream_shard_seconds,
                  "Age at which a shard of a table's stream is followed by a new one; 0: none")
      ->envname("MILLRACE_STREAM_SHARD_SECONDS")
      ->capture_default_str();
}

void add_function_options(CLI::App& serve, ServeOptions& options) {
  serve.add_option("--node", options.node_binary, "The Node that runs nodejs functions")
      ->envname("MILLRACE_NODE")
      ->capture_default_str();
  serve.add_option("--python", options.python_binary, "The Python that runs python functions")
      ->envname("MILLRACE_PYTHON")
      ->capture_default_str();
  serve.add_flag("--plain-processes", options.plain_processes,
                 "Run functions without namespaces of their own (see `millrace doctor`)");
  serve.add_option("--runtimes", options.runtimes_folder, "Folder of Millrace's runtime programs")
      ->envname("MILLRACE_RUNTIMES");
  serve.add_option("--max-sandboxes", options.max_sandboxes, "Function processes that may run at once")
      ->envname("MILLRACE_MAX_SANDBOXES")
      ->capture_default_str();
  serve
      .add_option("--prestarted", options.prestarted_runtimes,
                  "Runtimes kept started for the next cold start")
      ->envname("MILLRACE_PRESTARTED")
      ->capture_default_str();
  serve.add_flag("--url-bandwidth-shape", options.url_bandwidth_shape,
                 "Stream answers at AWS's pace: 6 MB at once, then 2 MB/s");
}

void add_general_options(CLI::App& serve, ServeOptions& options) {
  serve.add_option("--account", options.account, "The account everything belongs to")
      ->check(CLI::Validator(check_account, "", ""))
      ->envname("MILLRACE_ACCOUNT")
      ->capture_default_str();
  serve.add_option("--region", options.region, "Region where a request does not say")
      ->envname("MILLRACE_REGION")
      ->capture_default_str();
  serve.add_option("--threads", options.threads, "Threads that serve; 0: one per core")
      ->envname("MILLRACE_THREADS")
      ->capture_default_str();
  serve.add_option("--drain-seconds", options.drain_seconds, "How long running work may go on at shutdown");
  serve.add_option("--log-level", options.log_level, "What the server logs to standard error")
      ->transform(one_of(kLogLevels))
      ->default_str("info")
      ->envname("MILLRACE_LOG_LEVEL");
}

// CLI11 looks for a subcommand's options under its name; the file of a program with one command needs no such heading.
class FlatConfig final : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> settings = CLI::ConfigTOML::from_config(input);
    for (CLI::ConfigItem& item : settings) {
      if (item.parents.empty()) item.parents = {"serve"};
    }
    return settings;
  }
};

// CLI11 lets a file win over the environment. Placed right after "serve", before what the person typed, an environment
// value wins over the file and loses to the command line (the last one counts).
std::vector<std::string> with_environment(CLI::App& serve, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = arguments;
  const auto command = std::find(all.begin(), all.end(), "serve");
  if (command == all.end()) return all;
  std::vector<std::string> from_environment;
  for (CLI::Option* option : serve.get_options()) {
    const char* value = option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    if (value == nullptr) continue;
    option->take_last();
    from_environment.push_back(option->get_name() + "=" + value);
  }
  all.insert(command + 1, from_environment.begin(), from_environment.end());
  return all;
}

bool is_loopback(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

CommandLine done(int exit_code, std::string text) {
  CommandLine result;
  result.exit_code = exit_code;
  result.text = std::move(text);
  return result;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine result;
  ServeOptions& options = result.serve;
  CLI::App app{"Millrace: an event-driven serverless platform that speaks AWS's protocols", "millrace"};
  app.set_version_flag("--version", std::string("millrace ") + MILLRACE_VERSION);
  app.require_subcommand(1);
  app.config_formatter(std::make_shared<FlatConfig>());
  app.set_config("--config", "", "Configuration file of serve (TOML: the long names of its options)")
      ->envname("MILLRACE_CONFIG");
  app.allow_config_extras(CLI::config_extras_mode::error);
  CLI::App* serve = app.add_subcommand("serve", "Start the server");
  serve->fallthrough();  // so that --config may follow it
  add_network_options(*serve, options);
  add_data_options(*serve, options);
  add_function_options(*serve, options);
  add_general_options(*serve, options);
  CLI::App* operations =
      app.add_subcommand("operations", "List the implemented operations, one per line: service, operation");

  CLI::App* doctor =
      app.add_subcommand("doctor", "Say what this machine lets functions have, and why not more");
  add_function_options(*doctor, options);

  try {
    std::vector<std::string> all = with_environment(*serve, arguments);
    std::reverse(all.begin(), all.end());  // as CLI11 wants a vector
    app.parse(std::move(all));
  } catch (const CLI::ParseError& stop) {
    std::ostringstream out;
    const int code = app.exit(stop, out, out);
    return done(code == 0 ? 0 : 2, out.str());
  }
  if (doctor->parsed()) {
    result.command = CommandLine::Command::kDoctor;
    return result;
  }
  if (operations->parsed()) {
    result.command = CommandLine::Command::kOperations;
    return result;
  }
  boost::system::error_code bad_address;
  boost::asio::ip::make_address(options.bind_address, bad_address);
  if (bad_address) return done(2, "--bind takes an IP address, such as 127.0.0.1, ::1 or 0.0.0.0\n");
  if (!is_loopback(options.bind_address) && options.auth != AuthMode::kEnforce && !options.insecure) {
    return done(
        2,
        "Listening on " + options.bind_address +
            " would let anyone who reaches this machine use it.\nAdd --auth=enforce to verify signatures, or "
            "--insecure if you mean it.\n");
  }
  if (options.threads == 0) options.threads = std::max(1u, std::thread::hardware_concurrency());
  result.command = CommandLine::Command::kServe;
  return result;
}

}  // namespace millrace::server
