// Long bodies, slow clients and clients that go away.
#include <array>
#include <fstream>
#include <future>
#include <semaphore>
#include <sys/resource.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/input_buffer.h"
#include "net/server.h"
#include "net/server_testing.h"

namespace millrace::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kChunk = 64u << 10;
// What 200 MB may cost. AddressSanitizer keeps freed memory for a while: then it is only told apart from keeping all of it.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kFlat = 64u << 20;
#else
constexpr std::size_t kFlat = 8u << 20;
#endif

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

// What a handler did, told to the test.
struct Report {
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::size_t> started{0};  // writes begun
  std::counting_semaphore<1024> progress{0};
  std::promise<void> done;
  std::atomic<bool> failed{false};
  std::atomic<bool> closed_seen{false};
};

base::Task<> count_body(Exchange& exchange, Report& report) {
  for (;;) {
    base::Result<std::string_view, ReadError> piece = co_await exchange.read_some();
    if (!piece) {
      report.failed = true;
      co_return;
    }
    if (piece->empty()) break;
    report.bytes += piece->size();
  }
  std::string answer = fmt::format("{}", report.bytes.load());
  ResponseHead head;
  co_await exchange.send(std::move(head), answer);
}

TEST(ServerStream, Takes200MegabytesInFlatMemory) {
  Report report;
  RunningServer server([&report](Exchange& exchange) { return count_body(exchange, report); });
  RawClient client(server.port());
  std::string chunk(kChunk, 'x');
  std::string framed = fmt::format("{:x}\r\n{}\r\n", kChunk, chunk);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send(framed);
  std::size_t before = resident_bytes();
  for (int i = 1; i < 3200; ++i)
    ASSERT_TRUE(client.send(framed));
  std::size_t grown = resident_bytes() - std::min(before, resident_bytes());
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "209715200");
  EXPECT_LT(grown, kFlat);
}

base::Task<> stream_bytes(Exchange& exchange, std::size_t chunks, Report& report) {
  std::string chunk(kChunk, 'y');
  ResponseHead head;
  auto begun = co_await exchange.begin(std::move(head));
  if (!begun) report.failed = true;
  for (std::size_t i = 0; i < chunks && !report.failed; ++i) {
    ++report.started;
    if (i < 1000) report.progress.release();
    auto written = co_await exchange.write(chunk);
    if (!written) report.failed = true;
    report.bytes += chunk.size();
  }
  if (!report.failed) co_await exchange.finish();
  report.done.set_value();
}

TEST(ServerStream, Sends200MegabytesInFlatMemory) {
  Report report;
  RunningServer server([&report](Exchange& exchange) { return stream_bytes(exchange, 3200, report); });
  RawClient client(server.port());
  client.send(get());
  std::size_t before = resident_bytes();
  std::size_t most = 0, got = 0;
  while (got < (200u << 20)) {
    std::size_t piece = client.discard(kChunk);
    ASSERT_GT(piece, 0u);
    got += piece;
    most = std::max(most, resident_bytes());
  }
  EXPECT_LT(most, before + kFlat);
  report.done.get_future().wait();
  EXPECT_FALSE(report.failed);
}

TEST(ServerStream, HoldsTheHandlerWhileTheClientDoesNotRead) {
  Report report;
  RunningServer server([&report](Exchange& exchange) { return stream_bytes(exchange, 800, report); });
  RawClient client(server.port());
  client.set_receive_buffer(64 << 10);
  client.send(get());
  // The kernel takes a few megabytes; then a write is begun that does not complete. A second connection to the same thread
  // shows that the server has done all it could: its answer would come after any further write.
  std::size_t before = 0, after = 1;
  while (before != after) {
    before = report.started;
    RawClient other(server.port());
    other.send("BAD\r\n\r\n");
    EXPECT_EQ(other.read_response().status, 400);
    after = report.started;
  }
  EXPECT_EQ(report.bytes, (report.started - 1) * kChunk);
  EXPECT_LT(report.started, 400u);
  RawResponse response = client.read_response();
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body.size(), 800 * kChunk);
}

// The timer belongs to the server's thread: it is to be cancelled there, once `progress` says that *told stands.
base::Task<> read_when_told(Exchange& exchange, Report& report, asio::steady_timer** told) {
  base::Result<std::string_view, ReadError> first = co_await exchange.read_some();
  report.bytes += first ? first->size() : 0;
  asio::steady_timer go(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  *told = &go;
  report.progress.release();
  boost::system::error_code ignored;
  co_await go.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_await count_body(exchange, report);
}

TEST(ServerStream, HoldsTheClientWhileTheHandlerDoesNotRead) {
  Report report;
  asio::steady_timer* go = nullptr;
  RunningServer server([&](Exchange& exchange) { return read_when_told(exchange, report, &go); });
  RawClient client(server.port());
  constexpr std::size_t kTotal = 64u << 20;
  client.send(fmt::format("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\nx", kTotal));
  report.progress.acquire();
  std::string block(1u << 20, 'x');
  std::size_t sent = 1, idle = 0;
  while (idle < 1000 && sent < kTotal) {  // until the kernel's buffers are full
    std::size_t size =
        client.send_some(std::string_view(block).substr(0, std::min(block.size(), kTotal - sent)));
    sent += size;
    idle = size == 0 ? idle + 1 : 0;
  }
  EXPECT_LT(sent, kTotal);
  EXPECT_LT(report.bytes, 1u << 20);
  asio::post(go->get_executor(), [go] { go->cancel(); });
  ASSERT_TRUE(client.send(std::string(kTotal - sent, 'x')));
  EXPECT_EQ(client.read_response().body, fmt::format("{}", kTotal));
}

base::Task<> wait_for_end(Exchange& exchange, Report& report) {
  auto body = co_await exchange.read_body(1u << 20);
  report.failed = !body;
  report.progress.release();
  co_await exchange.wait_closed();
  report.closed_seen = true;
  report.done.set_value();
}

TEST(ServerStream, TellsAHandlerThatTheClientWentAway) {
  for (bool reset : {false, true}) {
    Report report;
    RunningServer server([&report](Exchange& exchange) { return wait_for_end(exchange, report); });
    RawClient client(server.port());
    client.send(post("work") + get("/pipelined") + get("/pipelined"));
    report.progress.acquire();
    EXPECT_FALSE(report.closed_seen);
    if (reset) {
      client.reset();
    } else {
      client.shutdown_send();
    }
    EXPECT_EQ(report.done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  }
}

TEST(ServerStream, TellsAHandlerBehindAFullReadAhead) {
  Report report;
  RunningServer server([&report](Exchange& exchange) { return wait_for_end(exchange, report); });
  RawClient client(server.port());
  // More than the server reads ahead, less than the kernel takes: an end behind a closed window never arrives.
  client.send(post("work") + std::string(InputBuffer::kInitial + 10000, 'p'));
  report.progress.acquire();
  client.shutdown_send();
  EXPECT_EQ(report.done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

base::Task<> wait_or_work(Exchange& exchange, asio::io_context& io) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer work(io, std::chrono::milliseconds(1));
  auto closed = exchange.wait_closed();
  auto worked = work.async_wait(asio::use_awaitable);
  auto first = co_await (std::move(closed) || std::move(worked));
  std::string answer = first.index() == 0 ? "closed" : "worked";
  ResponseHead head;
  co_await exchange.send(std::move(head), answer);
}

TEST(ServerStream, LetsAHandlerStopWatching) {
  asio::io_context io;
  auto guard = asio::make_work_guard(io);
  std::jthread runner([&io] { io.run(); });
  {
    RunningServer server([&io](Exchange& exchange) { return wait_or_work(exchange, io); });
    RawClient client(server.port());
    for (int i = 0; i < 20; ++i) {
      client.send(get());
      EXPECT_EQ(client.read_response().body, "worked");
    }
    client.send(get() + get() + get());  // the watch reads ahead what the next request needs
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(client.read_response().body, "worked");
    client.send_byte_by_byte(get() + get());
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(client.read_response().body, "worked");
    // Bytes that nobody will read must not take the answer with them when the connection closes.
    RawClient last(server.port());
    last.send(get("/", "Connection: close\r\n") + std::string(300000, 'p'));
    EXPECT_EQ(last.read_response().body, "worked");
    EXPECT_TRUE(last.at_end());
  }
  guard.reset();
}

TEST(ServerStream, FailsWritesToAClientThatWentAway) {
  Report report;
  RunningServer server([&report](Exchange& exchange) { return stream_bytes(exchange, 100000, report); });
  RawClient client(server.port());
  client.send(get());
  client.read_exactly(1000);
  client.reset();
  EXPECT_EQ(report.done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(report.failed);
}

base::Task<> write_endlessly(Exchange& exchange) {
  std::string chunk(kChunk, 'z');
  ResponseHead head;
  auto begun = co_await exchange.begin(std::move(head));
  while (begun)
    begun = co_await exchange.write(chunk);
}

base::Task<> give_up(Exchange& exchange, Report& report) {
  using namespace asio::experimental::awaitable_operators;
  bool reads = exchange.head().method == "POST";
  asio::steady_timer patience(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
  auto timeout = patience.async_wait(asio::use_awaitable);
  if (reads) {
    auto body = exchange.read_body(1000);
    auto first = co_await (std::move(body) || std::move(timeout));
    report.failed = first.index() == 1;
    ResponseHead head;
    co_await exchange.send(std::move(head), "gave up");
  } else {
    auto writing = write_endlessly(exchange);
    auto first = co_await (std::move(writing) || std::move(timeout));
    report.failed = first.index() == 1;
  }
  report.done.set_value();
}

TEST(ServerStream, EndsAWaitWhenItsTaskIsCancelled) {
  for (std::string request :
       {get(), std::string("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")}) {
    Report report;
    RunningServer server([&report](Exchange& exchange) { return give_up(exchange, report); });
    RawClient client(server.port());
    client.send(request);
    ASSERT_EQ(report.done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_TRUE(report.failed);
    RawResponse response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.complete, request[0] == 'P');
    EXPECT_TRUE(client.at_end());
  }
}

base::Task<> fail_to_read(Exchange& exchange, std::promise<ReadError>& error) {
  base::Result<std::string_view, ReadError> body = co_await exchange.read_body(1000);
  if (!body) error.set_value(body.error());
}

TEST(ServerStream, SaysHowABodyFailed) {
  {
    std::promise<ReadError> error;
    RunningServer server([&error](Exchange& exchange) { return fail_to_read(exchange, error); });
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    client.reset();
    EXPECT_EQ(error.get_future().get(), ReadError::kClosed);
  }
  struct Case {
    std::string body;
    ReadError error;
    int status;
  };
  for (const Case& c : {Case{"Transfer-Encoding: chunked\r\n\r\nzz\r\n", ReadError::kMalformed, 400},
                        Case{"Content-Length: 1001\r\n\r\n", ReadError::kTooLarge, 413},
                        Case{"Transfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x'),
                             ReadError::kTooLarge, 413}}) {
    std::promise<ReadError> error;
    RunningServer server([&error](Exchange& exchange) { return fail_to_read(exchange, error); });
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\n" + c.body);
    EXPECT_EQ(error.get_future().get(), c.error);
    RawResponse response = client.read_response();
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(client.at_end());
  }
}

base::Task<> begin_and_abort(Exchange& exchange) {
  ResponseHead head;
  co_await exchange.begin(std::move(head));
  co_await exchange.write("part");
  exchange.abort();
  auto late = co_await exchange.write("late");
  EXPECT_FALSE(late);
}

TEST(ServerStream, AbortShowsThatTheAnswerWasCut) {
  RunningServer server(begin_and_abort);
  RawClient client(server.port());
  client.send(get());
  RawResponse response = client.read_response();
  EXPECT_EQ(response.body, "part");
  EXPECT_FALSE(response.complete);
}

}  // namespace
}  // namespace millrace::net
