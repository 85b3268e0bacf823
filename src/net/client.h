// A small HTTP/1.1 client for tests and tools: one connection, requests one after the other, bodies as streams both ways. Not a
// general client: no redirects, no pools, no TLS. Used on one executor; one operation at a time. No timeouts of its own: cancel
// the awaiting task.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "base/task.h"
#include "net/http_parser.h"

namespace millrace::net {

enum class ClientError {
  kCannotConnect,
  kClosed,     // the server closed before the message was complete
  kMalformed,  // not HTTP
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  // Host and, when a body is given, Content-Length are added unless named here.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<std::pair<std::string, std::string>> trailers;

  std::optional<std::string_view> header(std::string_view name) const;
};

class Client {
 public:
  // `address` is an IPv4 or IPv6 address.
  static base::Task<base::Result<Client, ClientError>> connect(boost::asio::io_context& io,
                                                               std::string address, std::uint16_t port);
  static base::Task<base::Result<Client, ClientError>> connect_unix(boost::asio::io_context& io,
                                                                    std::string path);
  Client(Client&&) = default;
  Client& operator=(Client&&) = default;

  // One request and its whole answer.
  base::Task<base::Result<ClientResponse, ClientError>> request(ClientRequest request);

  // The same in parts: any bytes out, then a head, then the body piece by piece.
  base::Task<base::Result<void, ClientError>> write(std::string_view bytes);
  base::Task<base::Result<void, ClientError>> write_request(const ClientRequest& request);
  // `to_head`: the request was a HEAD, so no body follows. 1xx heads are returned like any other.
  base::Task<base::Result<ClientResponse, ClientError>> read_head(bool to_head = false);
  // The next piece of the body of the head last read, valid until the next call; empty at the end. A chunked body that
  // ends without its last chunk is kClosed.
  base::Task<base::Result<std::string_view, ClientError>> read_some();
  // Valid after the end of a chunked body.
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return decoder_.trailers(); }
  // Waits for the server's end of the stream; false when bytes came instead.
  base::Task<bool> read_end();

  void shutdown_send();
  void close();
  void reset();  // closes with a TCP reset
  boost::asio::generic::stream_protocol::socket& socket() { return socket_; }

 private:
  explicit Client(boost::asio::generic::stream_protocol::socket socket) : socket_(std::move(socket)) {}
  base::Task<bool> fill();

  boost::asio::generic::stream_protocol::socket socket_;
  std::string host_ = "localhost";
  std::string in_;
  std::size_t at_ = 0;
  Framing framing_;
  std::uint64_t left_ = 0;
  bool done_ = true;
  ChunkDecoder decoder_;
};

}  // namespace millrace::net
