#include "connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "text.h"

namespace millrace::function {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// Names are not looked up: the Runtime API's address is a numeric one, and a statically linked program has no resolver to rely on.
int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port =
      htons(colon == std::string::npos
                ? std::uint16_t{80}
                : static_cast<std::uint16_t>(number(std::string_view(address).substr(colon + 1), 10)));
  if (::inet_pton(AF_INET, host.c_str(), &to.sin_addr) != 1) {
    errno = EINVAL;
    return -1;
  }
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return -1;
}

}  // namespace

std::string HttpReply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignore_case(key, name)) return value;
  }
  return {};
}

Connection::Connection(std::string address) : address_(std::move(address)) {}
Connection::~Connection() {
  close();
}

void Connection::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  buffer_.clear();
  at_ = 0;
}

void Connection::lose(const char* what) {
  const int why = errno;
  close();
  throw ConnectionLost(std::string("the Runtime API at ") + address_ + ": " + what + ": " +
                       (why == 0 ? "closed" : std::strerror(why)));
}

void Connection::open() {
  if (fd_ >= 0) return;
  fd_ = connect_to(address_);
  if (fd_ < 0) lose("connect");
}

void Connection::send(std::string_view bytes) {
  send(bytes, {});
}

void Connection::send(std::string_view head, std::string_view body) {
  open();
  std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                             iovec{const_cast<char*>(body.data()), body.size()}};
  std::size_t first = 0;
  while (first < parts.size()) {
    if (parts[first].iov_len == 0) {
      ++first;
      continue;
    }
    msghdr message{};
    message.msg_iov = &parts[first];
    message.msg_iovlen = parts.size() - first;
    const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) lose("send");
    auto left = static_cast<std::size_t>(n);
    for (iovec& part : parts) {
      const std::size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
    }
  }
}

void Connection::fill() {
  if (at_ > 0) buffer_.erase(0, at_);
  at_ = 0;
  std::array<char, 16 << 10> chunk;
  ssize_t n = -1;
  do {
    n = ::recv(fd_, chunk.data(), chunk.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n == 0) errno = 0;
  if (n <= 0) lose("receive");
  buffer_.append(chunk.data(), static_cast<std::size_t>(n));
}

// Without its end; valid until the next read.
std::string_view Connection::line() {
  std::size_t end = 0;
  while ((end = buffer_.find('\n', at_)) == std::string::npos)
    fill();
  const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
  at_ = end + 1;
  return trim(text);
}

void Connection::take(std::size_t size, std::string& into) {
  const std::size_t here = std::min(size, buffer_.size() - at_);
  into.append(buffer_, at_, here);
  at_ += here;
  std::size_t missing = size - here;
  while (missing > 0) {
    const std::size_t old = into.size();
    into.resize(old + missing);
    const ssize_t n = ::recv(fd_, into.data() + old, missing, 0);
    const std::size_t got = n > 0 ? static_cast<std::size_t>(n) : 0;
    into.resize(old + got);
    if (n == 0) errno = 0;
    if (n == 0 || (n < 0 && errno != EINTR)) lose("receive");
    missing -= got;
  }
}

void Connection::read_chunks(std::string& into) {
  for (;;) {
    const std::size_t size = number(line(), 16);
    if (size == 0) break;
    take(size, into);
    line();
  }
  while (!line().empty()) {
  }
}

HttpReply Connection::read_reply() {
  if (fd_ < 0) throw ConnectionLost("the Runtime API's connection is closed");
  HttpReply reply;
  do {  // 100 Continue and its like are not answers
    const std::string_view status = line();
    if (!status.starts_with("HTTP/1.") || status.size() < 12) {
      errno = EPROTO;
      lose("receive");
    }
    reply.status = static_cast<int>(number(status.substr(9, 3), 10));
    reply.headers.clear();
    for (std::string_view text = line(); !text.empty(); text = line()) {
      const std::size_t colon = std::min(text.find(':'), text.size());
      const std::string_view value = colon < text.size() ? trim(text.substr(colon + 1)) : std::string_view();
      reply.headers.emplace_back(text.substr(0, colon), value);
    }
  } while (reply.status / 100 == 1);
  if (equals_ignore_case(reply.header("Transfer-Encoding"), "chunked")) {
    read_chunks(reply.body);
  } else if (const std::string length = reply.header("Content-Length"); !length.empty()) {
    take(number(length, 10), reply.body);
  }
  if (equals_ignore_case(reply.header("Connection"), "close")) close();
  return reply;
}

}  // namespace millrace::function
