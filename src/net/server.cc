// Accepting, spreading connections over threads, the sweep and the drain. One listening socket and one acceptor: SO_REUSEPORT
// would hide that a port is taken and spreads by a hash (docs/design/0005-http.md).
#include "net/server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "net/connection.h"
#include "net/listener.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

constexpr int kAcceptBatch = 64;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // after running out of file descriptors
// So many connections beyond the limit are told so; the rest are closed without a word.
constexpr std::size_t kTurnedAwayAtOnce = 64;

std::chrono::milliseconds sweep_interval(const ServerLimits& limits) {
  auto shortest =
      std::min({limits.head_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
  return std::clamp<std::chrono::milliseconds>(shortest / 4, std::chrono::milliseconds(5),
                                               std::chrono::seconds(1));
}

// Runs while the thread has connections; when draining, it ends with the last, so that nothing keeps the thread.
void sweep_later(const std::shared_ptr<ServerCore>& core, ThreadState& thread) {
  auto interval = sweep_interval(core->limits);
  auto timer = std::make_shared<Timer>(thread.context, interval);
  thread.sweep_timer = timer.get();
  timer->async_wait([core, &thread, timer, interval](const boost::system::error_code&) {
    thread.sweep_timer = nullptr;
    thread.now = std::chrono::steady_clock::now();
    for (Connection* connection : thread.connections)
      connection->sweep(thread.now, interval);
    if (thread.open > 0) sweep_later(core, thread);
  });
}

void stop_idle_sweep(ThreadState& thread) {
  if (thread.draining && thread.open == 0 && thread.sweep_timer != nullptr) thread.sweep_timer->cancel();
}

struct Arrival {
  int family;
  bool welcome;  // false: one too many
};

void connection_ended(const std::shared_ptr<ServerCore>& core, ThreadState& thread, Arrival arrival) {
  if (!arrival.welcome) core->turned_away.fetch_sub(1);
  thread.open.fetch_sub(1);
  stop_idle_sweep(thread);
  if (core->open.fetch_sub(1) == 1 && core->draining) core->on_empty();
}

void start_connection(const std::shared_ptr<ServerCore>& core, ThreadState& thread, Arrival arrival,
                      Accepted accepted) {
  boost::system::error_code error;
  Socket socket(thread.context.get_executor());
  socket.assign(asio::generic::stream_protocol(arrival.family, 0), accepted.fd, error);
  if (error) {
    ::close(accepted.fd);
    connection_ended(core, thread, arrival);
    return;
  }
  socket.non_blocking(true, error);
  if (thread.sweep_timer == nullptr) {
    thread.now = std::chrono::steady_clock::now();
    sweep_later(core, thread);
  }
  auto connection = std::make_shared<Connection>(core, thread, std::move(socket), std::move(accepted.peer));
  auto ended = [core, &thread, connection, arrival](const std::exception_ptr& thrown) {
    connection_ended(core, thread, arrival);
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      if (!connection->was_cut()) base::log(base::LogLevel::kError, "http: a session threw: {}", e.what());
    }
  };
  base::Task<> session = arrival.welcome ? connection->run() : connection->turn_away();
  asio::co_spawn(thread.context.get_executor(), std::move(session),
                 asio::bind_cancellation_slot(connection->cancellation_slot(), std::move(ended)));
}

// The listening socket; lives on the first thread.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<ServerCore> core, BoundSocket bound)
      : core_(std::move(core)),
        family_(bound.family),
        descriptor_(core_->threads.front()->context.get_executor(), bound.fd),
        pause_(core_->threads.front()->context) {}

  void wait() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](const boost::system::error_code& error) {
                             if (!error) self->accept_waiting();
                           });
  }
  void stop() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void accept_waiting() {
    for (int i = 0; i < kAcceptBatch && descriptor_.is_open(); ++i) {
      Accepted accepted = accept_one(descriptor_.native_handle(), family_);
      if (accepted.fd >= 0) {
        core_->metrics.accepted.add();
        place(std::move(accepted));
      } else if (accepted.error == EAGAIN || accepted.error == EWOULDBLOCK) {
        break;
      } else if (accepted.error == EMFILE || accepted.error == ENFILE || accepted.error == ENOBUFS ||
                 accepted.error == ENOMEM) {
        pause(accepted.error);
        return;
      }  // else the client was gone already: go on with the next
    }
    if (descriptor_.is_open()) wait();
  }

  void pause(int error) {
    base::log(base::LogLevel::kWarning, "http: cannot accept: {}; trying again shortly",
              std::strerror(error));
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
      if (!cancelled && self->descriptor_.is_open()) self->accept_waiting();
    });
  }

  // To the thread with the fewest connections; in turn among equals.
  void place(Accepted accepted) {
    bool welcome = core_->open - core_->turned_away < core_->limits.connections;
    if (!welcome) {
      core_->metrics.rejected_limit.add();
      if (core_->turned_away >= kTurnedAwayAtOnce) {
        ::close(accepted.fd);
        return;
      }
      core_->turned_away.fetch_add(1);
    }
    ThreadState* chosen = nullptr;
    for (std::size_t i = 0; i < core_->threads.size(); ++i) {
      ThreadState* candidate = core_->threads[(next_ + i) % core_->threads.size()].get();
      if (chosen == nullptr || candidate->open.load() < chosen->open.load()) chosen = candidate;
    }
    ++next_;
    core_->open.fetch_add(1);
    chosen->open.fetch_add(1);
    asio::dispatch(chosen->context, [core = core_, chosen, family = family_, welcome,
                                     accepted = std::move(accepted)]() mutable {
      start_connection(core, *chosen, {family, welcome}, std::move(accepted));
    });
  }

  std::shared_ptr<ServerCore> core_;
  int family_;
  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  Timer pause_;
  std::size_t next_ = 0;
};

class HttpServer final : public Server {
 public:
  HttpServer(std::shared_ptr<ServerCore> core, BoundSocket bound, std::string path)
      : core_(core),
        acceptor_(std::make_shared<Acceptor>(std::move(core), bound)),
        port_(bound.port),
        path_(std::move(path)) {}

  ~HttpServer() override {
    if (!path_.empty()) ::unlink(path_.c_str());
    // Not started: the last reference closes the socket. Started: its thread does.
    if (started_) asio::post(core_->threads.front()->context, [acceptor = acceptor_] { acceptor->stop(); });
  }

  std::uint16_t port() const override { return port_; }

  void start() override {
    started_ = true;
    asio::post(core_->threads.front()->context, [acceptor = acceptor_] { acceptor->wait(); });
  }

  base::Task<> drain(std::chrono::milliseconds patience) override;

 private:
  template <class F>
  void on_every_connection(F f) {
    for (auto& thread : core_->threads) {
      asio::post(thread->context, [core = core_, state = thread.get(), f] {
        state->draining = true;
        std::vector<std::shared_ptr<Connection>> connections;
        for (Connection* connection : state->connections)
          connections.push_back(connection->shared_from_this());
        for (auto& connection : connections)
          f(*connection);
        stop_idle_sweep(*state);
      });
    }
  }

  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<Acceptor> acceptor_;
  std::uint16_t port_;
  std::string path_;
  bool started_ = false;
};

base::Task<> HttpServer::drain(std::chrono::milliseconds patience) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto timer = std::make_shared<asio::steady_timer>(executor, patience);
  // Posted to this executor, so it cannot run between the check of `open` and the wait.
  core_->on_empty = [executor, timer] { asio::post(executor, [timer] { timer->cancel(); }); };
  core_->draining = true;
  asio::post(core_->threads.front()->context, [acceptor = acceptor_] { acceptor->stop(); });
  started_ = false;
  on_every_connection([](Connection& connection) { connection.drain(); });
  boost::system::error_code error;
  if (core_->open > 0) co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
  while (core_->open > 0) {
    timer->expires_at(asio::steady_timer::time_point::max());
    on_every_connection([](Connection& connection) { connection.cut(); });
    if (core_->open > 0) co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

std::unique_ptr<Server> make_server(const std::vector<asio::io_context*>& threads, BoundSocket bound,
                                    std::string path, std::shared_ptr<ServerCore> core) {
  for (asio::io_context* context : threads)
    core->threads.push_back(std::make_unique<ThreadState>(*context));
  return std::make_unique<HttpServer>(std::move(core), bound, std::move(path));
}

}  // namespace

base::Result<std::unique_ptr<Server>, ListenError> listen_http(std::vector<asio::io_context*> threads,
                                                               const std::string& address, std::uint16_t port,
                                                               Handler handler, const ServerLimits& limits,
                                                               base::Registry& metrics) {
  base::Result<BoundSocket, ListenError> bound = bind_tcp(address, port);
  if (!bound) return base::fail(std::move(bound.error()));
  return make_server(threads, *bound, "", std::make_shared<ServerCore>(std::move(handler), limits, metrics));
}

base::Result<std::unique_ptr<Server>, ListenError> listen_http_unix(std::vector<asio::io_context*> threads,
                                                                    const std::string& path, Handler handler,
                                                                    const ServerLimits& limits,
                                                                    base::Registry& metrics) {
  base::Result<BoundSocket, ListenError> bound = bind_unix(path);
  if (!bound) return base::fail(std::move(bound.error()));
  return make_server(threads, *bound, path,
                     std::make_shared<ServerCore>(std::move(handler), limits, metrics));
}

}  // namespace millrace::net
