// Bad input, limits, slow clients and the drain.
#include <future>
#include <semaphore>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/server.h"
#include "net/server_testing.h"

namespace millrace::net {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

base::Task<> ok(Exchange& exchange) {
  base::Result<std::string_view, ReadError> body = co_await exchange.read_body(1u << 20);
  if (!body) co_return;
  ResponseHead head;
  co_await exchange.send(std::move(head), "ok");
}

TEST(ServerLimits, RefusesBadRequestsAndStaysUp) {
  RunningServer server(ok);
  struct Case {
    std::string bytes;
    int status;
  };
  for (const Case& c :
       {Case{"garbage\r\n\r\n", 400}, Case{std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9), 400},
        Case{"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
             "chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n",
             400},
        Case{"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
        Case{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\n\r\n", 501},
        Case{"POST / HTTP/1.1\r\nHost: x\r\nExpect: more\r\n\r\n", 417},
        Case{"GET /" + std::string(70000, 'a') + " HTTP/1.1\r\n", 414},
        Case{"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(70000, 'a'), 431},
        Case{"GET / HTTP/1.1\r\nHost: x\r\n" +
                 [] {
                   std::string many;
                   for (int i = 0; i < 300; ++i)
                     many += fmt::format("A{}: b\r\n", i);
                   return many;
                 }() +
                 "\r\n",
             431}}) {
    RawClient client(server.port());
    client.send(c.bytes);
    RawResponse response = client.read_response();
    EXPECT_EQ(response.status, c.status) << c.bytes.substr(0, 80);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(client.at_end());  // nothing behind it was taken for a request
  }
  RawClient client(server.port());
  client.send(get());
  EXPECT_EQ(client.read_response().body, "ok");
}

TEST(ServerLimits, AnswersARequestThatWillNeverBeComplete) {
  RunningServer server(ok);
  RawClient half(server.port());
  half.send("GET / HT");
  half.shutdown_send();
  EXPECT_EQ(half.read_response().status, 400);
  RawClient silent(server.port());
  silent.shutdown_send();
  EXPECT_TRUE(silent.at_end());
}

TEST(ServerLimits, RefusesConnectionsBeyondTheLimit) {
  ServerLimits limits;
  limits.connections = 2;
  RunningServer server(ok, {.limits = limits});
  auto first = std::make_unique<RawClient>(server.port());
  RawClient second(server.port());
  for (RawClient* client : {first.get(), &second}) {
    client->send(get());
    EXPECT_EQ(client->read_response().status, 200);
  }
  RawClient third(server.port());
  EXPECT_EQ(third.read_response().status, 503);
  EXPECT_TRUE(third.at_end());
  // A place becomes free once the server has seen the end of the first.
  first->send(get("/", "Connection: close\r\n"));
  EXPECT_EQ(first->read_response().status, 200);
  EXPECT_TRUE(first->at_end());
  int status = 503;
  for (int i = 0; i < 1000 && status == 503; ++i) {
    RawClient fourth(server.port());
    fourth.send(get());
    status = fourth.read_response().status;
  }
  EXPECT_EQ(status, 200);
}

ServerLimits quick(milliseconds ServerLimits::*member) {
  ServerLimits limits;
  limits.*member = milliseconds(60);
  return limits;
}

TEST(ServerLimits, ClosesIdleConnections) {
  RunningServer server(ok, {.limits = quick(&ServerLimits::idle_timeout)});
  RawClient client(server.port());
  client.send(get());
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, RefusesASlowHead) {
  RunningServer server(ok, {.limits = quick(&ServerLimits::head_timeout)});
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, RefusesAHeadThatTricklesForever) {
  RunningServer server(ok, {.limits = quick(&ServerLimits::head_timeout)});
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
  // Progress does not help a head: the time counts from its first byte.
  bool open = true;
  for (int i = 0; i < 60000 && open; ++i)
    open = client.send("a");
  EXPECT_EQ(client.read_response().status, 408);
}

TEST(ServerLimits, RefusesASlowBody) {
  RunningServer server(ok, {.limits = quick(&ServerLimits::body_timeout)});
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.at_end());
}

base::Task<> write_forever(Exchange& exchange, std::promise<WriteError>& error) {
  std::string chunk(64u << 10, 'x');
  ResponseHead head;
  co_await exchange.begin(std::move(head));
  for (;;) {
    auto written = co_await exchange.write(chunk);
    if (!written) {
      error.set_value(written.error());
      co_return;
    }
  }
}

TEST(ServerLimits, GivesUpOnAClientThatDoesNotRead) {
  std::promise<WriteError> error;
  RunningServer server([&error](Exchange& exchange) { return write_forever(exchange, error); },
                       {.limits = quick(&ServerLimits::write_timeout)});
  RawClient client(server.port());
  client.send(get());
  EXPECT_EQ(error.get_future().get(), WriteError::kTimeout);
}

// A handler that works until the test lets it go on.
struct Gate {
  explicit Gate(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  std::counting_semaphore<64> entered{0};
  std::atomic<bool> cancelled{false};
};
base::Task<> through_gate(Exchange& exchange, Gate& gate) {
  gate.entered.release();
  boost::system::error_code error;
  try {
    co_await gate.timer.async_wait(asio::use_awaitable);
  } catch (const boost::system::system_error&) {
  }
  asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    gate.cancelled = true;
    co_return;
  }
  ResponseHead head;
  co_await exchange.send(std::move(head), "finished");
}

class Drain : public ::testing::Test {
 protected:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(io_);
  std::jthread runner_{[this] { io_.run(); }};
  Gate gate_{io_};
  void TearDown() override { guard_.reset(); }
  Handler handler() {
    return [this](Exchange& exchange) { return through_gate(exchange, gate_); };
  }
  void open_gate() {
    asio::post(io_, [this] { gate_.timer.cancel(); });
  }
};

TEST_F(Drain, LetsRunningExchangesFinish) {
  RunningServer server(handler(), {.threads = 2});
  RawClient busy(server.port()), idle(server.port());
  busy.send(get());
  gate_.entered.acquire();
  std::uint16_t port = server.port();
  std::future<void> drained = server.drain(std::chrono::seconds(30));
  EXPECT_TRUE(idle.at_end());  // idle connections close at once
  EXPECT_EQ(drained.wait_for(milliseconds(0)), std::future_status::timeout);
  open_gate();
  RawResponse response = busy.read_response();
  EXPECT_EQ(response.body, "finished");
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(busy.at_end());
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  // Nobody listens any more, so the port can be had again.
  asio::io_context io;
  base::Registry metrics;
  EXPECT_TRUE(listen_http({&io}, "127.0.0.1", port, ok, {}, metrics));
}

TEST_F(Drain, CutsWhatTakesTooLong) {
  RunningServer server(handler());
  RawClient busy(server.port());
  busy.send(get());
  gate_.entered.acquire();
  std::future<void> drained = server.drain(milliseconds(20));
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(gate_.cancelled);
  EXPECT_EQ(busy.read_response().status, 0);
}

TEST_F(Drain, OfAServerWithNothingToDoIsImmediate) {
  RunningServer server(handler());
  EXPECT_EQ(server.drain(std::chrono::seconds(30)).wait_for(std::chrono::seconds(10)),
            std::future_status::ready);
}

TEST(ServerLimits, CountsWhatItDid) {
  RunningServer server(ok);
  {
    RawClient client(server.port());
    client.send(get() + get());
    client.read_response();
    client.read_response();
    EXPECT_EQ(server.metrics().gauge("http_connections_open", "", "").value(), 1);
  }
  EXPECT_EQ(server.metrics().counter("http_requests_total", "", "").value(), 2u);
  EXPECT_EQ(server.metrics().counter("http_connections_total", "", "").value(), 1u);
}

}  // namespace
}  // namespace millrace::net
