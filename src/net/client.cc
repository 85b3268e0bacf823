#include "net/client.h"

#include <algorithm>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace millrace::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kRead = 64u << 10;

bool names(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& field) { return equals_ignore_case(field.first, name); });
}

}  // namespace

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (equals_ignore_case(field, name)) return value;
  return std::nullopt;
}

base::Task<base::Result<Client, ClientError>> Client::connect(asio::io_context& io, std::string address,
                                                              std::uint16_t port) {
  boost::system::error_code error;
  asio::ip::address ip = asio::ip::make_address(address, error);
  if (error) co_return base::fail(ClientError::kCannotConnect);
  asio::ip::tcp::endpoint endpoint(ip, port);
  asio::generic::stream_protocol::socket socket(io);
  asio::generic::stream_protocol::endpoint target(endpoint);
  co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return base::fail(ClientError::kCannotConnect);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  Client client(std::move(socket));
  client.host_ = ip.is_v6() ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
  co_return std::move(client);
}

base::Task<base::Result<Client, ClientError>> Client::connect_unix(asio::io_context& io, std::string path) {
  boost::system::error_code error;
  asio::generic::stream_protocol::socket socket(io);
  asio::local::stream_protocol::endpoint endpoint(path);
  asio::generic::stream_protocol::endpoint target(endpoint);
  co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return base::fail(ClientError::kCannotConnect);
  co_return Client(std::move(socket));
}

base::Task<base::Result<void, ClientError>> Client::write(std::string_view bytes) {
  boost::system::error_code error;
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return base::fail(ClientError::kClosed);
  co_return base::Result<void, ClientError>();
}

base::Task<base::Result<void, ClientError>> Client::write_request(const ClientRequest& request) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  if (!names(request.headers, "host")) out += fmt::format("Host: {}\r\n", host_);
  for (const auto& [name, value] : request.headers)
    out += fmt::format("{}: {}\r\n", name, value);
  bool framed = names(request.headers, "content-length") || names(request.headers, "transfer-encoding");
  if (!framed && (!request.body.empty() || request.method == "POST" || request.method == "PUT"))
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  out += "\r\n";
  out += request.body;
  co_return co_await write(out);
}

base::Task<bool> Client::fill() {
  in_.erase(0, at_);
  at_ = 0;
  std::size_t used = in_.size();
  in_.resize(used + kRead);
  boost::system::error_code error;
  std::size_t got = co_await socket_.async_read_some(asio::buffer(in_.data() + used, kRead),
                                                     asio::redirect_error(asio::use_awaitable, error));
  in_.resize(used + got);
  co_return got > 0;
}

base::Task<base::Result<ClientResponse, ClientError>> Client::read_head(bool to_head) {
  ParsedResponse parsed;
  for (;;) {
    ParseStatus status = parse_response(std::string_view(in_).substr(at_), to_head, parsed);
    if (status == ParseStatus::kError) co_return base::fail(ClientError::kMalformed);
    if (status == ParseStatus::kDone) break;
    bool more = co_await fill();
    if (!more) co_return base::fail(ClientError::kClosed);
  }
  at_ += parsed.size;
  framing_ = parsed.framing;
  left_ = framing_.length;
  done_ = framing_.body == BodyKind::kNone;
  decoder_.reset();
  ClientResponse response;
  response.status = parsed.status;
  response.headers = std::move(parsed.headers);
  co_return std::move(response);
}

base::Task<base::Result<std::string_view, ClientError>> Client::read_some() {
  while (!done_) {
    std::string_view input = std::string_view(in_).substr(at_);
    if (input.empty()) {
      bool more = co_await fill();
      if (more) continue;
      if (framing_.body != BodyKind::kUntilClose) co_return base::fail(ClientError::kClosed);
      done_ = true;
      break;
    }
    if (framing_.body == BodyKind::kChunked) {
      ChunkDecoder::Step step = decoder_.step(input);
      at_ += step.consumed;
      if (step.status == ChunkDecoder::Status::kError) co_return base::fail(ClientError::kMalformed);
      done_ = step.status == ChunkDecoder::Status::kEnd;
      if (!step.data.empty()) co_return step.data;
      continue;
    }
    if (framing_.body == BodyKind::kLength) {
      input = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
      left_ -= input.size();
      done_ = left_ == 0;
    }
    at_ += input.size();
    co_return input;
  }
  co_return std::string_view();
}

base::Task<base::Result<ClientResponse, ClientError>> Client::request(ClientRequest request) {
  base::Result<void, ClientError> written = co_await write_request(request);
  if (!written) co_return base::fail(written.error());
  base::Result<ClientResponse, ClientError> response = co_await read_head(request.method == "HEAD");
  while (response && response->status < 200)
    response = co_await read_head(request.method == "HEAD");
  if (!response) co_return response;
  for (;;) {
    base::Result<std::string_view, ClientError> piece = co_await read_some();
    if (!piece) co_return base::fail(piece.error());
    if (piece->empty()) break;
    response->body += *piece;
  }
  response->trailers = decoder_.trailers();
  co_return response;
}

base::Task<bool> Client::read_end() {
  if (at_ < in_.size()) co_return false;
  bool more = co_await fill();
  co_return !more;
}

void Client::shutdown_send() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Client::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Client::reset() {
  struct ::linger hard {
    1, 0
  };
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

}  // namespace millrace::net
