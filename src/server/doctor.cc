#include "server/doctor.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "runtime/programs.h"
#include "runtime/spawner.h"
#include "runtime/syscall_filter.h"
#include "server/functions.h"

namespace millrace::server {
namespace {

namespace fs = std::filesystem;

void say(bool good, const std::string& what, const std::string& detail) {
  fmt::print("{} {:<22} {}\n", good ? "yes" : "no ", what, detail);
}

// First line of what a program prints; empty when it cannot be started.
std::string first_line(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  char line[256] = {};
  if (std::fgets(line, sizeof line, pipe) == nullptr) line[0] = 0;
  const int status = ::pclose(pipe);
  std::string text(line);
  while (text.ends_with('\n'))
    text.pop_back();
  return status == 0 ? text : std::string();
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// `found`: the program that sandboxes start.
bool runtime_program(const std::string& name, const std::string& asked, const std::string& found) {
  const std::string version =
      found.empty() ? std::string() : first_line(quoted(found) + " --version 2>/dev/null");
  say(!version.empty(), name,
      version.empty() ? fmt::format("{} is not installed or does not start", asked)
                      : fmt::format("{} ({})", version, found));
  return !version.empty();
}

void describe_isolation(const ServeOptions& options, const runtime::Spawner& spawner) {
  const std::string& why = spawner.why_no_rooms();
  const bool rooms = why.empty() && !options.plain_processes;
  say(rooms, "namespaces",
      rooms ? "mounts, processes and IPC of a sandbox are its own; read-only root; private /tmp, /var/task, "
              "/opt"
      : options.plain_processes
          ? "switched off by --plain-processes"
          : why + ": functions run as plain processes and can read what their user can");
  const bool root = ::geteuid() == 0;
  say(root, "users",
      root    ? "each sandbox has a user id of its own"
      : rooms ? "not root: sandboxes share the server's user, but cannot see each other"
              : "not root: functions run as the server's user, with its rights");
  say(true, "memory", "measured every 100 ms, and RLIMIT_DATA; cgroups are not used");
  const std::string no_filter = runtime::why_no_filter();
  say(no_filter.empty(), "seccomp",
      no_filter.empty()
          ? "no mounts, namespaces, other processes' memory, keys, modules, eBPF; no new privileges"
          : "the kernel does not filter system calls: " + no_filter + "; no new privileges");
  say(false, "network", "shared with the machine: functions reach what it reaches");
}

}  // namespace

int doctor(const ServeOptions& options) {
  auto spawner = runtime::Spawner::start();
  if (!spawner) {
    say(false, "spawner", spawner.error());
    return 1;
  }
  describe_isolation(options, **spawner);
  const bool node =
      runtime_program("nodejs functions", options.node_binary, runtime::find_node(options.node_binary));
  const bool python = runtime_program("python functions", options.python_binary,
                                      runtime::find_python(options.python_binary, ::geteuid() == 0));
  say(true, "provided functions", "the package's own bootstrap");
  const std::string runtimes = find_runtimes(options.runtimes_folder);
  const auto sdk = [&](const std::string& name, const std::string& below) {
    std::error_code error;
    const bool there = fs::exists(fs::path(runtimes) / below, error);
    say(there, name, there ? (fs::path(runtimes) / below).string() : "not installed: ./dev install");
  };
  sdk("AWS SDK v3 for Node", "node/sdk/node_modules");
  sdk("AWS SDK v2 for Node", "node/sdk-v2/node_modules");
  sdk("boto3", "python/sdk/site-packages/boto3");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  say(files.rlim_max >= 8192, "open files",
      fmt::format("{} (8192 serve the usual number of connections)", files.rlim_max));
  return node || python ? 0 : 1;
}

}  // namespace millrace::server
