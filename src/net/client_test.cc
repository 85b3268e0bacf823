#include "net/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "net/server_testing.h"

namespace millrace::net {
namespace {

base::Task<> echo(Exchange& exchange) {
  base::Result<std::string_view, ReadError> body = co_await exchange.read_body(1u << 20);
  if (!body) co_return;
  ResponseHead head;
  head.headers.emplace_back("X-Host", *exchange.head().header("host"));
  std::string copy(*body);
  if (exchange.head().path == "/stream") {
    co_await exchange.begin(std::move(head));
    for (char c : copy)
      co_await exchange.write({&c, 1});
    co_await exchange.finish();
  } else {
    co_await exchange.send(std::move(head), copy);
  }
}

void run(base::Task<> task, boost::asio::io_context& io) {
  auto done = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
  io.run_for(std::chrono::seconds(10));
  ASSERT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  done.get();
}

base::Task<> talk(boost::asio::io_context& io, std::uint16_t port) {
  base::Result<Client, ClientError> client = co_await Client::connect(io, "127.0.0.1", port);
  EXPECT_TRUE(client);
  if (!client) co_return;
  for (std::string target : {"/", "/stream"}) {
    ClientRequest request;
    request.method = "POST";
    request.target = target;
    request.body = "some text";
    base::Result<ClientResponse, ClientError> response = co_await client->request(std::move(request));
    EXPECT_TRUE(response);
    if (!response) co_return;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "some text");
    EXPECT_EQ(response->header("x-host"), "127.0.0.1:" + std::to_string(port));
  }
  ClientRequest head;
  head.method = "HEAD";
  base::Result<ClientResponse, ClientError> answered = co_await client->request(std::move(head));
  EXPECT_TRUE(answered && answered->body.empty());
  client->shutdown_send();
  bool ended = co_await client->read_end();
  EXPECT_TRUE(ended);
}

TEST(Client, SendsRequestsAndReadsAnswers) {
  RunningServer server(echo);
  boost::asio::io_context io;
  run(talk(io, server.port()), io);
}

base::Task<> cut_answer(Exchange& exchange) {
  ResponseHead head;
  co_await exchange.begin(std::move(head));
  co_await exchange.write("part");
  exchange.abort();
}

base::Task<> see_cut(boost::asio::io_context& io, std::uint16_t port) {
  base::Result<Client, ClientError> client = co_await Client::connect(io, "127.0.0.1", port);
  EXPECT_TRUE(client);
  if (!client) co_return;
  ClientRequest request;
  base::Result<ClientResponse, ClientError> response = co_await client->request(std::move(request));
  EXPECT_TRUE(!response && response.error() == ClientError::kClosed);
}

TEST(Client, KnowsACutAnswerFromAWholeOne) {
  RunningServer server(cut_answer);
  boost::asio::io_context io;
  run(see_cut(io, server.port()), io);
}

base::Task<> fail_to_connect(boost::asio::io_context& io) {
  base::Result<Client, ClientError> nobody = co_await Client::connect_unix(io, "/nowhere/at/all.sock");
  EXPECT_FALSE(nobody);
  base::Result<Client, ClientError> nowhere = co_await Client::connect(io, "not an address", 1);
  EXPECT_FALSE(nowhere);
}

TEST(Client, SaysThatItCannotConnect) {
  boost::asio::io_context io;
  run(fail_to_connect(io), io);
}

}  // namespace
}  // namespace millrace::net
