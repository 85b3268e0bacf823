// For tests of the server: a server on threads of its own, and a blocking client that says exactly which bytes go out when. A
// client call that waits longer than ten seconds fails its test: nothing here sleeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "net/http_parser.h"
#include "net/server.h"

namespace millrace::net {

class RunningServer {
 public:
  struct Options {
    ServerLimits limits = {};
    int threads = 1;
    std::string address = "127.0.0.1";
    std::string unix_path = {};
  };
  explicit RunningServer(Handler handler);
  RunningServer(Handler handler, Options options);
  // Drains, cutting at once what still runs.
  ~RunningServer();

  std::uint16_t port() const { return server_->port(); }
  base::Registry& metrics() { return metrics_; }
  // Completes when the server is empty. Call once.
  std::future<void> drain(std::chrono::milliseconds patience);

 private:
  base::Registry metrics_;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::unique_ptr<Server> server_;
  std::vector<std::jthread> threads_;
  bool drained_ = false;
};

struct RawResponse {
  int status = 0;  // 0: no response
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<std::pair<std::string, std::string>> trailers;
  bool complete = false;                            // the body ended as its framing says
  std::string header(std::string_view name) const;  // "" when absent
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  explicit RawClient(const std::string& unix_path);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view bytes);
  // As much as the kernel takes without waiting.
  std::size_t send_some(std::string_view bytes);
  void send_byte_by_byte(std::string_view bytes);
  RawResponse read_response(bool to_head = false);
  std::string read_exactly(std::size_t size);
  std::string read_to_end();
  // Reads and drops up to `size` bytes, keeping none; how many came.
  std::size_t discard(std::size_t size);
  bool at_end();  // waits; true when the server has closed
  void shutdown_send();
  void reset();
  void set_receive_buffer(int bytes);

 private:
  bool fill();
  int fd_ = -1;
  std::string in_;
};

// Requests used again and again.
std::string get(std::string_view target = "/", std::string_view more_headers = "");
std::string post(std::string_view body, std::string_view target = "/", std::string_view more_headers = "");

}  // namespace millrace::net
