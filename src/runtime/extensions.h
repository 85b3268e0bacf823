// Extensions: the Lambda Extensions API of one sandbox. External extensions are programs below /opt/extensions, started beside the
// runtime, in its room; internal ones are part of the runtime process. Each registers, then takes event after event (INVOKE,
// SHUTDOWN); the sandbox is ready when every one of them waits for its next. Any thread.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "net/server.h"
#include "runtime/function_spec.h"
#include "runtime/log_pump.h"
#include "runtime/spawner.h"
#include "runtime/telemetry.h"

namespace millrace::runtime {

// What must outlive it, but for the logs, which it shares.
struct ExtensionsWorld {
  boost::asio::io_context* home = nullptr;  // run by one thread
  Spawner* spawner = nullptr;
  std::uint64_t sandbox = 0;  // the runtime's process
  base::Clock* clock = nullptr;
  base::Random* random = nullptr;
  base::Registry* metrics = nullptr;
  std::shared_ptr<LogPump> logs;
  std::string
      address;  // sandbox.localdomain inside the sandbox; empty: it has no address of its own, and so no Telemetry API
};

class Extensions : public std::enable_shared_from_this<Extensions> {
 public:
  // Why the sandbox cannot go on: "Extension.Crash" and its like.
  struct Failure {
    std::string type;
    std::string message;
  };

  explicit Extensions(ExtensionsWorld world);

  // Whose sandbox it is; before anything registers.
  void assign(FunctionPtr function);
  // A listener of its own, for runtimes without a Runtime API. Its address ("127.0.0.1:port").
  base::Result<std::string, std::string> listen();
  // Requests that are for this API: the Extensions, Telemetry and Logs APIs.
  static bool owns(std::string_view path);
  static base::Task<> serve(std::shared_ptr<Extensions> self, net::Exchange& exchange);

  // An external one is started as this process of the spawner's; it has to register under the name of its file.
  void expect(std::string name, std::uint64_t process);
  void ended(std::uint64_t process, std::string_view how);

  // All that are expected have registered; false: one failed, or the sandbox ended.
  base::Task<bool> wait_registered();
  // All wait for their next event.
  base::Task<bool> wait_ready();
  // No more internal ones; says in the log which there are.
  void close_registration();
  // To all that want it. `deadline_ms` since the epoch.
  void invoke(const std::string& request_id, const std::string& arn, const std::string& trace,
              std::int64_t deadline_ms);
  // Asks the runtime to end, and makes it end half a second later.
  void stop_runtime();
  // The runtime is gone. Those that want to know are told and get a moment to end, then all are killed, and the log is closed. Once.
  void shut_down(std::string_view reason);
  // Nobody will ask for an event any more.
  base::Task<> wait_over();

  // Null: nobody can subscribe.
  Telemetry* telemetry() const { return telemetry_.get(); }

  bool any() const;
  std::optional<Failure> failure() const;

 private:
  struct Extension {
    std::string name;
    std::string id;             // what it calls itself by; empty until it has registered
    std::uint64_t process = 0;  // 0: internal
    bool invokes = false;
    bool shutdowns = false;
    bool waiting = false;  // for its next event
    bool ended = false;
    std::deque<std::string> events;
  };
  using ExtensionPtr = std::shared_ptr<Extension>;
  struct Waiter {
    boost::asio::any_io_executor executor;
    std::shared_ptr<boost::asio::steady_timer> timer;
  };

  base::Task<> enroll(net::Exchange& exchange);
  base::Task<> next(net::Exchange& exchange);
  base::Task<> error(net::Exchange& exchange, bool init);
  base::Task<> subscribe(net::Exchange& exchange, TelemetryApi api);
  using Condition = bool (Extensions::*)() const;  // looked at with the lock held
  base::Task<bool> wait_for(Condition condition);
  std::shared_ptr<boost::asio::steady_timer> waiter_locked(const boost::asio::any_io_executor& executor);
  base::Task<std::optional<std::string>> next_event(ExtensionPtr caller);
  static base::Task<> drain(std::shared_ptr<Extensions> self);
  ExtensionPtr caller_locked(net::Exchange& exchange);
  bool registered_locked() const;
  bool ready_locked() const;
  void notify_locked();
  void fail_locked(std::string type, std::string message);
  void kill_all_locked();
  void end_if_alone_locked();
  bool over_locked() const { return over_; }

  const ExtensionsWorld world_;
  const std::shared_ptr<Telemetry> telemetry_;
  mutable std::mutex mutex_;  // everything below
  FunctionPtr function_;
  std::vector<ExtensionPtr> extensions_;
  std::vector<Waiter> waiters_;
  std::optional<Failure> failure_;
  bool closed_to_new_ = false;
  bool shutting_down_ = false;
  bool over_ = false;
  std::unique_ptr<net::Server> server_;
  std::shared_ptr<boost::asio::steady_timer> grace_;
};

// Names of the programs in `opt`/extensions, a folder of this machine; sorted.
std::vector<std::string> extension_programs(const std::string& opt);

}  // namespace millrace::runtime
