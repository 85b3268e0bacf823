#include "runtime/launcher.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "runtime/environment.h"
#include "runtime/programs.h"
#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kFirstUser = 61184;  // the range systemd keeps for dynamic users
constexpr std::uint32_t kUsers = 4096;
constexpr std::uint32_t kProcesses = 1024;  // as on Lambda
constexpr std::uint64_t kDataHeadroom =
    512ULL << 20;  // what V8 maps without using; the memory sweep is the real limit
constexpr int kChannelBuffer = 512 << 10;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return ::fcntl(read_end, F_SETFL, O_NONBLOCK) == 0;
  }
};

struct Descriptors {
  Pipe telemetry;
  Pipe raw;
  Pipe gate;  // of a process that is to wait for its extensions
  int channel[2] = {-1, -1};
  int null = -1;

  bool open() {
    null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || !telemetry.open() || !raw.open()) return false;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) return false;
    for (const int end : channel)
      ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kChannelBuffer, sizeof kChannelBuffer);
    return true;
  }
  void close_childs() {
    for (int* fd : {&telemetry.write_end, &raw.write_end, &gate.read_end, &channel[1], &null}) {
      if (*fd >= 0) ::close(*fd);
      *fd = -1;
    }
  }
  void close_all() {
    close_childs();
    for (const int fd : {telemetry.read_end, raw.read_end, gate.write_end, channel[0]}) {
      if (fd >= 0) ::close(fd);
    }
  }
};

// Of its own for each sandbox, so that two may listen on the same port: all of 127.0.0.0/8 is this machine. Numbers come again after
// four million sandboxes.
std::string sandbox_address(std::uint64_t id) {
  return fmt::format("127.{}.{}.{}", 64 + (id / 65024 & 63), id / 254 & 255, 1 + id % 254);
}

}  // namespace

Launcher::Launcher(const RuntimeOptions& options, const RuntimeWorld& world)
    : options_(options), world_(world) {
  choose_room();
  choose_user();
  node_ = find_node(options.node_program);
  python_ = find_python(options.python_program, first_user_ != 0);
  find_visible();
}

void Launcher::choose_room() {
  const std::string& why_not = world_.spawner->why_no_rooms();
  rooms_ = options_.rooms && why_not.empty();
  if (rooms_) {
    base::log(base::LogLevel::kInfo,
              "functions run in namespaces of their own: private /tmp, /var/task and /opt, no other files "
              "but the system's programs");
  } else {
    base::log(base::LogLevel::kInfo, "functions run as plain processes: {}",
              options_.rooms ? "namespaces cannot be had (" + why_not + ")" : std::string("as asked for"));
  }
}

// Of the machine's files those that a runtime needs, and nothing more.
void Launcher::find_visible() {
  const auto add = [this](const std::string& path) {
    if (path.empty() || !fs::exists(path)) return;
    const std::string whole = fs::absolute(path).lexically_normal().string();
    const auto holds = [&whole](const std::string& seen) {
      return whole == seen || whole.starts_with(seen + "/");
    };
    if (std::none_of(visible_.begin(), visible_.end(), holds)) visible_.push_back(whole);
  };
  add(options_.node_runtime);
  add(options_.python_runtime);
  add(options_.node_sdk_v2);
  add(options_.node_sdk_v3);
  add(options_.python_sdk);
  for (const std::string& program : {node_, python_}) {
    std::error_code error;
    const fs::path real = fs::canonical(program, error);
    if (error) continue;
    // An interpreter needs what was installed beside it: <prefix>/bin/node and <prefix>/lib.
    const bool installed = real.parent_path().filename() == "bin" && real.parent_path().parent_path() != "/";
    add(installed ? real.parent_path().parent_path().string() : real.string());
    add(program);
  }
  std::error_code error;
  const fs::path resolver = fs::canonical("/etc/resolv.conf", error);
  if (!error) add(resolver.string());
}

void Launcher::choose_user() {
  if (::geteuid() != 0) {
    base::log(base::LogLevel::kInfo, "functions run as the server's own user: they can read what it can");
    return;
  }
  const std::string program = options_.node_runtime + "/bootstrap.js";
  fs::create_directories(world_.code->folder());
  // In a room the folders above are not passed through.
  if (rooms_ || (readable_by_all(program) && readable_by_all(world_.code->folder()))) {
    first_user_ = kFirstUser;
    base::log(base::LogLevel::kInfo, "functions run as users {} to {}, one per process, not as root",
              kFirstUser, kFirstUser + kUsers - 1);
  } else {
    base::log(base::LogLevel::kWarning,
              "functions run as root: {} or {} is not readable by other users (a folder above it is closed)",
              program, world_.code->folder());
  }
}

std::optional<LaunchPlan> Launcher::plan(const FunctionSpec& function) {
  LaunchPlan plan;
  plan.memory_mb = function.memory_mb;
  plan.environment = generic_environment();
  if (node_major(function.runtime_id) != 0) {
    plan.flags.push_back(fmt::format("--max-old-space-size={}", std::max(64U, function.memory_mb * 9 / 10)));
    plan.key = fmt::format("node {}", plan.flags.front());
  } else if (python_minor(function.runtime_id) != 0) {
    plan.language = Language::kPython;
    // Isolated from the machine's packages and variables; our bootstrap sets the module path. Packages are read-only.
    plan.flags = {"-I", "-S", "-B", "-X", "utf8"};
    plan.key = fmt::format("python {}", function.memory_mb);
  } else {
    return std::nullopt;
  }
  // The interpreter or the loader reads these when it starts, so such a function needs a process of its own.
  for (const char* name :
       {"NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "LD_PRELOAD", "LD_LIBRARY_PATH", "UV_THREADPOOL_SIZE"}) {
    const auto given = function.environment.find(name);
    if (given == function.environment.end()) continue;
    plan.environment[name] = given->second;
    plan.key += fmt::format(" {}={}", name, given->second);
    plan.generic = false;
  }
  return plan;
}

bool Launcher::is_custom(const FunctionSpec& function) {
  return function.runtime_id.starts_with("provided");
}

LaunchPlan Launcher::custom_plan(const FunctionSpec& function, const std::string& task_root,
                                 const std::string& opt) const {
  LaunchPlan plan;
  plan.generic = false;
  plan.memory_mb = function.memory_mb;
  const bool from_layer = ::access((task_root + "/bootstrap").c_str(), F_OK) != 0 && !opt.empty();
  Placement placement{task_root, opt, {}};
  plan.contents = contents_of(function, placement, options_);
  if (rooms_) {
    placement.task_root = "/var/task";
    if (!opt.empty()) placement.opt = "/opt";
  }
  plan.folder = placement.task_root;
  plan.program = (from_layer ? placement.opt : placement.task_root) + "/bootstrap";
  std::string id = base::make_uuid(*world_.random);
  std::erase(id, '-');
  plan.log_stream = log_stream_name(world_.clock->now(), function.version, id);
  const Credentials credentials = world_.credentials ? world_.credentials(function) : Credentials{};
  placement.log_stream = plan.log_stream;
  plan.environment = function_environment(function, placement, options_, credentials);
  plan.function = std::make_shared<FunctionSpec>(function);
  plan.extensions.names = extension_programs(opt);
  plan.extensions.programs = placement.opt + "/extensions";
  plan.extensions.folder = placement.task_root;
  plan.key = "custom";
  return plan;
}

base::Result<std::vector<std::string>, std::string> Launcher::interpreter(const LaunchPlan& plan,
                                                                          bool ahead) const {
  const bool python = plan.language == Language::kPython;
  const std::string& program = python ? python_ : node_;
  if (program.empty()) {
    return base::fail(fmt::format("{} ({}) is not installed on this machine", python ? "Python" : "Node.js",
                                  python ? options_.python_program : options_.node_program));
  }
  std::vector<std::string> arguments{program};
  arguments.insert(arguments.end(), plan.flags.begin(), plan.flags.end());
  arguments.push_back(python ? options_.python_runtime + "/bootstrap.py"
                             : options_.node_runtime + "/bootstrap.js");
  if (ahead) arguments.emplace_back("ahead");
  return arguments;
}

// The child's program, arguments and environment.
base::Result<SpawnRequest, std::string> Launcher::describe(const LaunchPlan& plan, bool ahead) const {
  SpawnRequest request;
  if (plan.program.empty()) {
    auto arguments = interpreter(plan, ahead);
    if (!arguments) return base::fail(arguments.error());
    request.arguments = std::move(*arguments);
  } else {
    const RoomContents& own = plan.contents;
    const bool there = ::access((own.task + "/bootstrap").c_str(), F_OK) == 0 ||
                       (!own.opt.empty() && ::access((own.opt + "/bootstrap").c_str(), F_OK) == 0);
    if (!there) {
      return base::fail(
          std::string("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"));
    }
    request.arguments.push_back(plan.program);
  }
  request.folder = plan.folder;
  request.room.wanted = rooms_;
  if (rooms_) request.room.visible = visible_;
  request.room.contents = plan.contents;
  for (const auto& [name, value] : plan.environment)
    request.environment.push_back(name + "=" + value);
  request.data_limit = (std::uint64_t{plan.memory_mb} << 20) + kDataHeadroom;
  return request;
}

base::Result<SandboxPtr, std::string> Launcher::launch(const LaunchPlan& plan, bool ahead) {
  auto request = describe(plan, ahead);
  if (!request) return base::fail(request.error());
  Descriptors fds;
  if (!fds.open()) {
    std::string why = fmt::format("no descriptors left for a sandbox: {}", std::strerror(errno));
    fds.close_all();
    return base::fail(std::move(why));
  }
  request->id = next_id_.fetch_add(1);
  if (rooms_) request->room.hosts = sandbox_address(request->id) + " sandbox.localdomain sandbox\n";
  request->descriptors = {{fds.null, 0}, {fds.raw.write_end, 1}, {fds.raw.write_end, 2}};
  auto& home = *world_.threads[request->id % world_.threads.size()];
  std::shared_ptr<RuntimeApi> api;
  if (plan.program.empty()) {
    request->descriptors.insert(request->descriptors.end(),
                                {{fds.channel[1], 3}, {fds.telemetry.write_end, 4}});
  } else {
    auto opened = RuntimeApi::open(home, std::exchange(fds.channel[1], -1), *world_.metrics);
    if (!opened) {
      fds.close_all();
      return base::fail(opened.error());
    }
    api = std::move(*opened);
    request->environment.push_back(fmt::format("AWS_LAMBDA_RUNTIME_API=127.0.0.1:{}", api->port()));
    if (!plan.extensions.names.empty()) {
      if (!fds.gate.open()) {
        fds.close_all();
        return base::fail(std::string("no descriptors left for a sandbox"));
      }
      ::fcntl(fds.gate.read_end, F_SETFL, 0);  // the process is to wait
      request->descriptors.emplace_back(fds.gate.read_end, kGate);
      request->gated = true;
    }
  }
  if (first_user_ != 0) {
    request->user = first_user_ + static_cast<std::uint32_t>(request->id % kUsers);
    request->process_limit = kProcesses;
  }
  auto logs =
      std::make_shared<LogPump>(home, fds.telemetry.read_end, fds.raw.read_end, world_.logs, *world_.clock);
  auto sandbox = std::make_shared<Sandbox>(request->id, plan.key, fds.channel[0], std::move(logs));
  sandbox->launched = world_.clock->steady_now();
  sandbox->in_room = rooms_;
  sandbox->log_stream = plan.log_stream;
  sandbox->user = request->user;
  if (api) {
    sandbox->extensions = make_extensions(request->id, sandbox->logs, plan.function);
    api->attach(sandbox->extensions);
    sandbox->extension_launch = plan.extensions;
    sandbox->extension_launch.environment = plan.environment;
    sandbox->extension_launch.environment["AWS_LAMBDA_RUNTIME_API"] =
        fmt::format("127.0.0.1:{}", api->port());
    sandbox->gate = std::exchange(fds.gate.write_end, -1);
  }
  sandbox->api = std::move(api);
  auto failure = world_.spawner->spawn(*request);
  fds.close_childs();
  if (failure) return base::fail(std::move(*failure));
  return sandbox;
}

std::shared_ptr<Extensions> Launcher::make_extensions(std::uint64_t id, std::shared_ptr<LogPump> logs,
                                                      FunctionPtr function) {
  ExtensionsWorld world;
  world.home = world_.threads[id % world_.threads.size()];
  world.spawner = world_.spawner;
  world.sandbox = id;
  world.clock = world_.clock;
  world.random = world_.random;
  world.metrics = world_.metrics;
  world.logs = std::move(logs);
  if (rooms_) world.address = sandbox_address(id);
  auto extensions = std::make_shared<Extensions>(std::move(world));
  extensions->assign(std::move(function));
  return extensions;
}

base::Result<std::string, std::string> Launcher::give_extensions(Sandbox& sandbox, FunctionPtr function) {
  auto extensions = make_extensions(sandbox.id, sandbox.logs, std::move(function));
  auto address = extensions->listen();
  if (address) sandbox.extensions = std::move(extensions);
  return address;
}

base::Result<std::uint64_t, std::string> Launcher::start_extension(const Sandbox& sandbox,
                                                                   const std::string& name) {
  const ExtensionLaunch& launch = sandbox.extension_launch;
  SpawnRequest request;
  request.id = next_id_.fetch_add(1);
  request.beside = sandbox.id;
  request.arguments = {launch.programs + "/" + name};
  request.folder = launch.folder;
  for (const auto& [variable, value] : launch.environment)
    request.environment.push_back(variable + "=" + value);
  request.user = sandbox.user;
  if (sandbox.user != 0) request.process_limit = kProcesses;
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = sandbox.logs->open_extension_end();
  request.descriptors = {{null, 0}, {out, 1}, {out, 2}};
  auto failure = null < 0 || out < 0 ? std::optional<std::string>("no descriptors left for an extension")
                                     : world_.spawner->spawn(request);
  if (null >= 0) ::close(null);
  if (out >= 0) ::close(out);
  if (failure) return base::fail(std::move(*failure));
  return request.id;
}

}  // namespace millrace::runtime
