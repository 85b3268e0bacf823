// The Lambda Runtime API for one sandbox of a custom runtime: a loopback HTTP listener that turns its requests into the frames of
// a Channel, so that the rest of the server sees no difference. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// Everything runs on the home thread; open() and close() may be called from any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "net/server.h"
#include "runtime/channel.h"
#include "runtime/extensions.h"

namespace millrace::runtime {

class RuntimeApi : public std::enable_shared_from_this<RuntimeApi> {
 public:
  // Takes `fd`, the sandbox's end of a frame channel. `home` must be run by one thread.
  static base::Result<std::shared_ptr<RuntimeApi>, std::string> open(boost::asio::io_context& home, int fd,
                                                                     base::Registry& metrics);

  // Its API is served at the same address. Before the process starts.
  void attach(std::shared_ptr<Extensions> extensions) { extensions_ = std::move(extensions); }

  std::uint16_t port() const { return server_->port(); }  // AWS_LAMBDA_RUNTIME_API=127.0.0.1:port
  // The process is gone: what it had said before is still taken, then the channel and the listener end.
  void close();

 private:
  // Where the current event stands.
  enum class Stage { kNone, kDelivered, kAnswering, kAnswered };
  struct Event {
    std::string id;
    std::string deadline_ms;
    std::string arn;
    std::string trace;
    std::string client_context;
    std::string payload;
  };

  RuntimeApi(boost::asio::io_context& home, int fd);
  static base::Task<> take_frames(std::shared_ptr<RuntimeApi> self);
  static base::Task<> serve(std::shared_ptr<RuntimeApi> self, net::Exchange& exchange);
  static base::Task<> shut(std::shared_ptr<RuntimeApi> self);
  base::Task<> last_words();
  base::Task<> route(net::Exchange& exchange);
  base::Task<bool> take_event();
  base::Task<> next(net::Exchange& exchange);
  base::Task<> response(net::Exchange& exchange);
  base::Task<> streamed_response(net::Exchange& exchange);
  base::Task<> error(net::Exchange& exchange);
  base::Task<> init_error(net::Exchange& exchange);
  base::Task<bool> may_answer(net::Exchange& exchange, std::string_view id);
  base::Task<bool> send(FrameType type, bool with_memory, std::string_view body);

  boost::asio::io_context& home_;
  Channel channel_;
  std::shared_ptr<Extensions> extensions_;
  std::unique_ptr<net::Server> server_;
  boost::asio::steady_timer arrived_;  // cancelled when there is an event to deliver
  std::optional<Event> waiting_;       // not yet delivered
  std::string current_;                // id of the event last delivered
  Stage stage_ = Stage::kNone;
  bool truncated_ = false;  // the answer was cut off; told when the runtime goes on rather than ends
  bool initialized_ = false;
  bool polling_ = false;
  bool leaving_ = false;  // no event is given out any more
  bool closed_ = false;
  int serving_ = 0;                  // requests under way
  boost::asio::steady_timer quiet_;  // cancelled when there is none left
};

}  // namespace millrace::runtime
