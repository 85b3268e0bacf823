// millrace: parses the command line, makes the server, says when it is ready, and waits to be told to stop.
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "runtime/spawner.h"
#include "server/composition.h"
#include "server/doctor.h"
#include "server/options.h"

namespace millrace::server {
namespace {

// Every connection and sandbox is a descriptor; the soft limit is often 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void show_first_key(const catalog::AccessKey& key) {
  fmt::print(stderr,
             "The first access key of this data folder, shown only now (function URLs with AWS_IAM"
             " ask for it, and with --auth=enforce everything):\n"
             "  AWS_ACCESS_KEY_ID={}\n  AWS_SECRET_ACCESS_KEY={}\n",
             key.id, key.secret);
}

int serve(const ServeOptions& options) {
  base::set_log_level(options.log_level);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  auto spawner = runtime::Spawner::start();  // forks: before there are threads
  if (!spawner) {
    fmt::print(stderr, "millrace: cannot start the process that runs functions: {}\n", spawner.error());
    return 1;
  }
  boost::asio::io_context waiting;
  boost::asio::signal_set signals(waiting, SIGTERM, SIGINT);  // blocked for nobody: delivered here

  auto composition = Composition::make(options, **spawner);
  if (!composition) {
    fmt::print(stderr, "millrace: {}\n", composition.error());
    return 1;
  }
  const std::string host = options.bind_address.find(':') == std::string::npos
                               ? options.bind_address
                               : "[" + options.bind_address + "]";
  if (const auto& key = (*composition)->first_key()) show_first_key(*key);
  fmt::print("Millrace {} is ready at http://{}:{}\n", MILLRACE_VERSION, host, (*composition)->port());
  std::fflush(stdout);

  signals.async_wait([](const boost::system::error_code&, int) {});
  waiting.run();
  base::log(base::LogLevel::kInfo, "stopping: finishing what was accepted");
  composition->reset();
  return 0;
}

}  // namespace
}  // namespace millrace::server

int main(int argc, char** argv) {
  using millrace::server::CommandLine;
  const CommandLine line =
      millrace::server::parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  switch (line.command) {
    case CommandLine::Command::kServe:
      return millrace::server::serve(line.serve);
    case CommandLine::Command::kOperations:
      fmt::print("{}", millrace::server::list_operations());
      return 0;
    case CommandLine::Command::kDoctor:
      return millrace::server::doctor(line.serve);
    case CommandLine::Command::kDone:
      break;
  }
  std::fputs(line.text.c_str(), line.exit_code == 0 ? stdout : stderr);
  return line.exit_code;
}
