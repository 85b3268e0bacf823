// One HTTP/1.1 connection to the Runtime API, over a plain blocking socket: the peer is local, trusted and speaks only this, and the
// library shall bring no dependency into a function and start in no time.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::function {

class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string header(std::string_view name) const;  // empty when there is none
};

class Connection {
 public:
  explicit Connection(std::string address);  // "127.0.0.1:9001"; connects when it is used
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& address() const { return address_; }
  // All three throw ConnectionLost, and the connection is closed then.
  void send(std::string_view bytes);
  void send(std::string_view head, std::string_view body);
  HttpReply read_reply();
  void close();

 private:
  void open();
  void fill();
  std::string_view line();
  void take(std::size_t size, std::string& into);
  void read_chunks(std::string& into);
  [[noreturn]] void lose(const char* what);

  std::string address_;
  int fd_ = -1;
  std::string buffer_;
  std::size_t at_ = 0;  // of buffer_, not yet consumed
};

}  // namespace millrace::function
