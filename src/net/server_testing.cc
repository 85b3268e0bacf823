#include "net/server_testing.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::net {

namespace asio = boost::asio;

RunningServer::RunningServer(Handler handler) : RunningServer(std::move(handler), Options{}) {}

RunningServer::RunningServer(Handler handler, Options options) {
  std::vector<asio::io_context*> pointers;
  for (int i = 0; i < options.threads; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*contexts_.back()));
    pointers.push_back(contexts_.back().get());
  }
  auto server =
      options.unix_path.empty()
          ? listen_http(pointers, options.address, 0, std::move(handler), options.limits, metrics_)
          : listen_http_unix(pointers, options.unix_path, std::move(handler), options.limits, metrics_);
  if (!server) throw std::runtime_error(server.error().message);
  server_ = std::move(*server);
  server_->start();
  for (auto& context : contexts_)
    threads_.emplace_back([io = context.get()] { io->run(); });
}

RunningServer::~RunningServer() {
  if (!drained_) drain(std::chrono::milliseconds(0)).wait();
  guards_.clear();
  threads_.clear();
  server_.reset();
}

std::future<void> RunningServer::drain(std::chrono::milliseconds patience) {
  drained_ = true;
  return asio::co_spawn(*contexts_.front(), server_->drain(patience), asio::use_future);
}

std::string RawResponse::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (equals_ignore_case(field, name)) return value;
  return "";
}

namespace {

void limit_waits(int fd) {
  timeval ten_seconds{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &ten_seconds, sizeof ten_seconds);
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const std::string& address) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  if (!is_v4) ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(port);
  fd_ = ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);
  int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  limit_waits(fd_);
  int result = is_v4 ? ::connect(fd_, reinterpret_cast<sockaddr*>(&v4), sizeof v4)
                     : ::connect(fd_, reinterpret_cast<sockaddr*>(&v6), sizeof v6);
  EXPECT_EQ(result, 0) << "cannot connect to " << address << ":" << port;
}

RawClient::RawClient(const std::string& unix_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  limit_waits(fd_);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t RawClient::send_some(std::string_view bytes) {
  ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void RawClient::send_byte_by_byte(std::string_view bytes) {
  for (char byte : bytes)
    if (!send({&byte, 1})) return;
}

bool RawClient::fill() {
  char piece[16 << 10];
  ssize_t got = ::recv(fd_, piece, sizeof piece, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "nothing came for ten seconds";
  if (got <= 0) return false;
  in_.append(piece, static_cast<std::size_t>(got));
  return true;
}

RawResponse RawClient::read_response(bool to_head) {
  RawResponse response;
  ParsedResponse parsed;
  ParseStatus status;
  while ((status = parse_response(in_, to_head, parsed)) == ParseStatus::kNeedMore)
    if (!fill()) return response;
  EXPECT_EQ(status, ParseStatus::kDone) << in_;
  if (status != ParseStatus::kDone) return response;
  response.status = parsed.status;
  response.headers = parsed.headers;
  in_.erase(0, parsed.size);
  switch (parsed.framing.body) {
    case BodyKind::kNone:
      response.complete = true;
      break;
    case BodyKind::kLength:
      response.body = read_exactly(static_cast<std::size_t>(parsed.framing.length));
      response.complete = response.body.size() == parsed.framing.length;
      break;
    case BodyKind::kUntilClose:
      response.body = read_to_end();
      response.complete = true;
      break;
    case BodyKind::kChunked: {
      ChunkDecoder decoder;
      for (;;) {
        if (in_.empty() && !fill()) return response;
        ChunkDecoder::Step step = decoder.step(in_);
        response.body += step.data;
        in_.erase(0, step.consumed);
        if (step.status == ChunkDecoder::Status::kError) return response;
        if (step.status == ChunkDecoder::Status::kEnd) break;
      }
      response.trailers = decoder.trailers();
      response.complete = true;
    }
  }
  return response;
}

std::string RawClient::read_exactly(std::size_t size) {
  while (in_.size() < size && fill()) {
  }
  std::string out = in_.substr(0, size);
  in_.erase(0, out.size());
  return out;
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(in_, {});
}

std::size_t RawClient::discard(std::size_t size) {
  std::size_t got = std::min(size, in_.size());
  in_.erase(0, got);
  char piece[16 << 10];
  while (got < size) {
    ssize_t more = ::recv(fd_, piece, std::min(sizeof piece, size - got), 0);
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  return got;
}

bool RawClient::at_end() {
  return in_.empty() && !fill() && !::testing::Test::HasNonfatalFailure();
}

void RawClient::shutdown_send() {
  ::shutdown(fd_, SHUT_WR);
}

void RawClient::reset() {
  linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd_);
  fd_ = -1;
}

void RawClient::set_receive_buffer(int bytes) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::string get(std::string_view target, std::string_view more_headers) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", target, more_headers);
}

std::string post(std::string_view body, std::string_view target, std::string_view more_headers) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n{}\r\n{}", target, body.size(),
                     more_headers, body);
}

}  // namespace millrace::net
