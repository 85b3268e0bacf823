// What the person who starts Millrace may choose: command line over environment (MILLRACE_...) over configuration file
// over defaults. Plain data once parsed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "store/store.h"

namespace millrace::server {

enum class AuthMode {
  kAny,      // well-formed credentials of any kind are taken; for loopback
  kEnforce,  // SigV4 verified against access keys in the store
};

struct ServeOptions {
  std::string data_folder = "millrace-data";
  std::string bind_address = "127.0.0.1";
  std::uint16_t port = 4566;
  AuthMode auth = AuthMode::kAny;
  bool insecure = false;  // the spelled-out wish to listen beyond loopback without signatures
  store::Durability durability = store::Durability::kSync;
  std::string account = "000000000000";
  std::string region = "us-east-1";  // where a request does not say
  unsigned threads = 0;              // 0: one per core
  std::size_t cache_mb = 256;
  base::LogLevel log_level = base::LogLevel::kInfo;
  unsigned drain_seconds = 30;
  std::string node_binary = "node";
  std::string python_binary = "python3";
  bool plain_processes = false;  // no namespaces for functions
  std::string runtimes_folder;   // empty: found beside the binary, or in the source tree it was built from
  bool url_bandwidth_shape = false;
  bool throttle = false;  // provisioned tables are held to their throughput
  std::uint32_t stream_shard_units =
      1000;  // write units a second before a shard of a stream is split; 0: never
  std::uint32_t stream_shard_seconds = 14400;  // before a shard is followed by another; 0: never
  unsigned max_sandboxes = 64;
  unsigned prestarted_runtimes = 1;
};

struct CommandLine {
  enum class Command { kServe, kOperations, kDoctor, kDone } command = Command::kDone;
  int exit_code = 0;  // for kDone: the text is for the person, leave with this
  std::string text;   // for kDone: help, version, or what was wrong
  ServeOptions serve;
};

// Never exits or prints; the caller does. Rejects combinations that would be unsafe, saying what to do.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace millrace::server
