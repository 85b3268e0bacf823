// Makes the Invoker that runs functions in sandboxes on this machine. docs/design/0008-functions.md tells
// how.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "runtime/code_store.h"
#include "runtime/invoker.h"
#include "runtime/spawner.h"

namespace millrace::runtime {

struct RuntimeOptions {
  std::string node_program = "node";  // looked up on PATH unless absolute
  std::string node_runtime;           // folder with bootstrap.js (the project's runtimes/node)
  std::string node_sdk_v2;            // folders that contain node_modules; empty: no SDK without bundling
  std::string node_sdk_v3;
  std::string python_program =
      "python3";               // looked up on PATH unless absolute; scripts that choose one are passed over
  std::string python_runtime;  // folder with bootstrap.py (the project's runtimes/python)
  std::string python_sdk;      // folder that contains boto3; empty: no SDK without bundling
  std::string endpoint;        // "http://127.0.0.1:4566": AWS_ENDPOINT_URL inside functions
  std::uint32_t concurrency = 1000;  // invocations at once, AWS's account limit; more are throttled
  std::uint32_t sandboxes =
      0;  // processes at once; 0: by the machine's memory. Idle ones give way to new ones
  bool rooms =
      true;  // sandboxes in namespaces of their own where the machine has them; false: plain processes
  std::uint32_t prestarted = 1;    // generic processes kept ready per (runtime, memory) in use; 0: none
  std::chrono::seconds idle{600};  // a sandbox idle for longer is retired
  std::chrono::milliseconds init_timeout{10000};
  // A streamed answer is complete a moment before its process is ready again: how long the next event waits for it before another
  // process is started.
  std::chrono::milliseconds handover_patience{10};
  std::chrono::milliseconds cancel_patience{1000};  // for a streaming handler whose client has gone
};

// Temporary credentials of a function's role.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
};

// What the runtime borrows; all of it must outlive the runtime. Callbacks may be called from any of the
// threads and must not block.
struct RuntimeWorld {
  std::vector<boost::asio::io_context*> threads;
  Spawner* spawner = nullptr;
  CodeStore* code = nullptr;
  base::Clock* clock = nullptr;
  base::Random* random = nullptr;
  base::Registry* metrics = nullptr;
  LogSink logs;
  std::function<Credentials(const FunctionSpec&)> credentials;
};

class Runtime : public Invoker {
 public:
  // Starts a generic process for a function that is likely to be called soon (created, updated). A hint;
  // returns at once.
  virtual void prepare(FunctionPtr function) = 0;
  // Refuses new invocations, lets running ones end until `patience` is over, then kills every sandbox. Call
  // once, before destruction.
  virtual base::Task<> stop(std::chrono::milliseconds patience) = 0;
};

// The threads must not be running yet, or the call must be made on one of them.
std::unique_ptr<Runtime> make_runtime(RuntimeOptions options, RuntimeWorld world);

}  // namespace millrace::runtime
