// Requests and answers over real sockets.
#include "net/server.h"

#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/server_testing.h"

namespace millrace::net {
namespace {

base::Task<> echo(Exchange& exchange) {
  base::Result<std::string_view, ReadError> body = co_await exchange.read_body(64u << 20);
  if (!body) co_return;
  ResponseHead head;
  head.headers.emplace_back("X-Method", exchange.head().method);
  head.headers.emplace_back("X-Target", exchange.head().target);
  head.headers.emplace_back("X-Peer", exchange.peer_address());
  for (const auto& [name, value] : exchange.trailers())
    head.headers.emplace_back("Trailer-" + name, value);
  std::string copy(*body);
  co_await exchange.send(std::move(head), copy);
}

base::Task<> stream_back(Exchange& exchange) {
  ResponseHead head;
  auto begun = co_await exchange.begin(std::move(head));
  if (!begun) co_return;
  for (;;) {
    base::Result<std::string_view, ReadError> piece = co_await exchange.read_some();
    if (!piece) co_return;
    if (piece->empty()) break;
    auto written = co_await exchange.write(*piece);
    if (!written) co_return;
  }
  co_await exchange.finish();
}

TEST(Server, AnswersAndKeepsTheConnection) {
  RunningServer server(echo);
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    std::string body = fmt::format("body {}", i);
    client.send(post(body, "/x?y"));
    RawResponse response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, body);
    EXPECT_EQ(response.header("x-method"), "POST");
    EXPECT_EQ(response.header("x-target"), "/x?y");
    EXPECT_EQ(response.header("x-peer"), "127.0.0.1");
    EXPECT_FALSE(response.header("date").empty());
    EXPECT_EQ(response.header("connection"), "");
  }
}

TEST(Server, TakesARequestByteByByte) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send_byte_by_byte(post("hello", "/slow", "X-A: b\r\n"));
  EXPECT_EQ(client.read_response().body, "hello");
  client.send_byte_by_byte(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nSum: "
      "5\r\n\r\n");
  RawResponse chunked = client.read_response();
  EXPECT_EQ(chunked.body, "abcde");
  EXPECT_EQ(chunked.header("trailer-sum"), "5");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer server(echo);
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += i % 3 == 0 ? get(fmt::format("/{}", i))
                      : post(std::string(static_cast<std::size_t>(i), 'x'), fmt::format("/{}", i));
    if (i % 7 == 0)
      all += fmt::format(
          "PUT /chunked{} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", i);
  }
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    RawResponse response = client.read_response();
    ASSERT_EQ(response.header("x-target"), fmt::format("/{}", i));
    EXPECT_EQ(response.body.size(), i % 3 == 0 ? 0u : static_cast<std::size_t>(i));
    if (i % 7 == 0) {
      ASSERT_EQ(client.read_response().header("x-target"), fmt::format("/chunked{}", i));
    }
  }
}

TEST(Server, TakesBodiesLargerThanItsBuffer) {
  RunningServer server(echo);
  RawClient client(server.port());
  for (std::size_t size : {7000u, 8192u, 9000u, 100000u, 5000000u, 10u}) {
    std::string body(size, 'a');
    for (std::size_t i = 0; i < size; i += 997)
      body[i] = static_cast<char>('a' + i % 26);
    // What follows at once must not be taken for a part of it.
    client.send(post(body) + get("/after"));
    EXPECT_TRUE(client.read_response().body == body) << size;
    EXPECT_EQ(client.read_response().header("x-target"), "/after");
  }
}

TEST(Server, TakesLargeChunkedBodiesFollowedByARequest) {
  RunningServer server(echo);
  RawClient client(server.port());
  std::string body, framed = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 1; i < 400; ++i) {
    std::string chunk(static_cast<std::size_t>(i * 3), static_cast<char>('a' + i % 26));
    body += chunk;
    framed += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  framed += "0\r\n\r\n";
  for (int round = 0; round < 3; ++round) {
    client.send(framed + get("/after"));
    EXPECT_TRUE(client.read_response().body == body);
    EXPECT_EQ(client.read_response().header("x-target"), "/after");
  }
}

TEST(Server, StreamsBothWaysAtOnce) {
  RunningServer server(stream_back);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(client.read_exactly(9).starts_with("HTTP/1.1"));
  std::string head;
  while (!head.ends_with("\r\n\r\n"))
    head += client.read_exactly(1);
  for (int i = 0; i < 5; ++i) {  // each piece comes back before the next is sent
    client.send("3\r\nabc\r\n");
    EXPECT_EQ(client.read_exactly(8), "3\r\nabc\r\n");
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read_exactly(5), "0\r\n\r\n");
  client.send(get());
  EXPECT_EQ(client.read_response().status, 200);
}

TEST(Server, SendsContinueWhenTheBodyIsWanted) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 100);
  client.send("hello");
  EXPECT_EQ(client.read_response().body, "hello");
  client.send(post("world", "/", "Expect: 100-continue\r\n"));  // did not wait: no 100
  EXPECT_EQ(client.read_response().body, "world");
}

base::Task<> refuse(Exchange& exchange) {
  ResponseHead head;
  head.status = 403;
  co_await exchange.send(std::move(head), "no");
}

TEST(Server, DoesNotAskForABodyThatIsNotWanted) {
  RunningServer server(refuse);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, SkipsAnUnreadBodyToKeepTheConnection) {
  RunningServer server(refuse);
  RawClient client(server.port());
  client.send(post(std::string(100000, 'x')) + get());
  EXPECT_EQ(client.read_response().status, 403);
  EXPECT_EQ(client.read_response().status, 403);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nstart");
  EXPECT_EQ(client.read_response().status, 403);
  EXPECT_TRUE(client.at_end());
}

base::Task<> stream_two(Exchange& exchange) {
  ResponseHead head;
  head.status = exchange.head().path == "/204" ? 204 : 200;
  auto begun = co_await exchange.begin(std::move(head));
  auto first = co_await exchange.write("hello ");
  auto nothing = co_await exchange.write("");
  auto second = co_await exchange.write("world");
  auto finished = co_await exchange.finish();
  EXPECT_TRUE(begun && first && nothing && second && finished);
}

TEST(Server, AnswersHeadWithoutABody) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  RawResponse response = client.read_response(true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "5");
  client.send(get());
  EXPECT_EQ(client.read_response().status, 200);

  RunningServer streaming(stream_two);
  RawClient second(streaming.port());
  second.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + get("/204") + get("/"));
  EXPECT_EQ(second.read_response(true).header("transfer-encoding"), "chunked");
  EXPECT_EQ(second.read_response().status, 204);
  EXPECT_EQ(second.read_response().body, "hello world");
}

TEST(Server, SpeaksTo10Clients) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.0\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nab");
  RawResponse kept = client.read_response();
  EXPECT_EQ(kept.header("connection"), "keep-alive");
  EXPECT_EQ(kept.body, "ab");
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_response().header("connection"), "close");
  EXPECT_TRUE(client.at_end());

  RunningServer streaming(stream_two);
  RawClient second(streaming.port());
  second.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  RawResponse streamed = second.read_response();
  EXPECT_EQ(streamed.header("transfer-encoding"), "");
  EXPECT_EQ(streamed.body, "hello world");
}

TEST(Server, ClosesWhenAskedTo) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(get("/", "Connection: close\r\n") + get("/never"));
  RawResponse response = client.read_response();
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, AnswersAClientThatHalfClosed) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(post("one") + post("two"));
  client.shutdown_send();
  EXPECT_EQ(client.read_response().body, "one");
  EXPECT_EQ(client.read_response().body, "two");
  EXPECT_TRUE(client.at_end());
}

base::Task<> say_nothing(Exchange&) {
  co_return;
}
base::Task<> throw_something(Exchange&) {
  throw std::runtime_error("a bug");
  co_return;
}
base::Task<> begin_and_throw(Exchange& exchange) {
  ResponseHead head;
  co_await exchange.begin(std::move(head));
  co_await exchange.write("part");
  throw std::runtime_error("a bug in mid-stream");
}

TEST(Server, Answers500ForAHandlerThatFails) {
  for (Handler handler : {Handler(say_nothing), Handler(throw_something)}) {
    RunningServer server(handler);
    RawClient client(server.port());
    client.send(get() + get());
    EXPECT_EQ(client.read_response().status, 500);
    EXPECT_EQ(client.read_response().status, 500);
  }
}

TEST(Server, CutsAStreamWhoseHandlerFails) {
  RunningServer server(begin_and_throw);
  RawClient client(server.port());
  client.send(get());
  RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "part");
  EXPECT_FALSE(response.complete);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, ListensOnIpv6AndUnixSockets) {
  RunningServer v6(echo, {.address = "::1"});
  RawClient client(v6.port(), "::1");
  client.send(get());
  EXPECT_EQ(client.read_response().header("x-peer"), "::1");

  RunningServer both(echo, {.address = "::"});
  RawClient v4(both.port(), "127.0.0.1");
  v4.send(get());
  EXPECT_EQ(v4.read_response().header("x-peer"), "127.0.0.1");

  std::string path = fmt::format("{}/millrace-{}.sock", ::testing::TempDir(), ::getpid());
  {
    RunningServer local(echo, {.unix_path = path});
    RawClient first(path);
    first.send(post("over a path"));
    EXPECT_EQ(first.read_response().body, "over a path");
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Server, SaysWhyItCannotListen) {
  RunningServer taken(echo);
  boost::asio::io_context io;
  base::Registry metrics;
  auto same = listen_http({&io}, "127.0.0.1", taken.port(), echo, {}, metrics);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().kind, ListenError::Kind::kAddressInUse);
  auto foreign = listen_http({&io}, "192.0.2.1", 0, echo, {}, metrics);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ListenError::Kind::kAddressUnavailable);
  auto name = listen_http({&io}, "not an address", 0, echo, {}, metrics);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ListenError::Kind::kAddressUnavailable);
  auto path = listen_http_unix({&io}, "/nowhere/at/all.sock", echo, {}, metrics);
  ASSERT_FALSE(path);
}

base::Task<> name_thread(Exchange& exchange) {
  ResponseHead head;
  std::string name = fmt::format("{}", std::hash<std::thread::id>()(std::this_thread::get_id()));
  co_await exchange.send(std::move(head), name);
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
  RunningServer server(name_thread, {.threads = 3});
  std::map<std::string, int> counts;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(get());
    ++counts[clients.back()->read_response().body];
  }
  EXPECT_EQ(counts.size(), 3u);
  for (const auto& [name, count] : counts)
    EXPECT_EQ(count, 3);
}

}  // namespace
}  // namespace millrace::net
