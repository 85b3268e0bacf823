// The HTTP server alone, to be measured against nginx: answers every request with 60 bytes after reading its body; /stream/N
// streams N chunks of 64 KiB; /wait answers after watching for the client's end while it works.
//   http_ping PORT [THREADS]
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "net/server.h"

namespace {

namespace net = millrace::net;
namespace base = millrace::base;

const std::string kReply = R"({"message":"sixty bytes of reply, as a small answer has it"})";
const std::string kChunk(64u << 10, 'x');

base::Task<> stream(net::Exchange& exchange, std::string_view count) {
  int chunks = 0;
  std::from_chars(count.data(), count.data() + count.size(), chunks);
  net::ResponseHead head;
  if (!co_await exchange.begin(std::move(head))) co_return;
  for (int i = 0; i < chunks; ++i)
    if (!co_await exchange.write(kChunk)) co_return;
  co_await exchange.finish();
}

base::Task<> answer(net::Exchange& exchange) {
  std::string_view path = exchange.head().path;
  if (path.starts_with("/stream/")) {
    co_await stream(exchange, path.substr(8));
    co_return;
  }
  base::Result<std::string_view, net::ReadError> body = co_await exchange.read_body(1u << 20);
  if (!body) co_return;
  net::ResponseHead head;
  head.headers.emplace_back("Content-Type", "application/json");
  co_await exchange.send(std::move(head), kReply);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: http_ping PORT [THREADS]\n");
    return 2;
  }
  int count = argc > 2 ? std::atoi(argv[2]) : 1;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts;
  std::vector<boost::asio::io_context*> pointers;
  for (int i = 0; i < count; ++i) {
    contexts.push_back(std::make_unique<boost::asio::io_context>(1));
    pointers.push_back(contexts.back().get());
  }
  base::Registry metrics;
  auto server = net::listen_http(pointers, "127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[1])),
                                 answer, {}, metrics);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  (*server)->start();
  std::vector<std::jthread> threads;
  for (auto& context : contexts) {
    threads.emplace_back([&context] {
      auto guard = boost::asio::make_work_guard(*context);
      context->run();
    });
  }
}
