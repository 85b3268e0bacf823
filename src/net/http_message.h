// HTTP messages as plain data (RFC 9110, 9112). No sockets, no Asio: parsers, fuzz targets and tests include this alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::net {

// Field names compare without case; order and duplicates are kept.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};
// ASCII only, whatever the locale.
bool equals_ignore_case(std::string_view a, std::string_view b);

// What came in. Views stay valid for the life of the exchange.
struct RequestHead {
  std::string_view method;
  std::string_view target;  // as sent: path and query, percent-encoding untouched
  std::string_view path;    // target up to '?'; of an absolute-form target, what follows the authority
  std::string_view query;   // after '?', or empty
  std::vector<HeaderView> headers;
  bool http_1_0 = false;

  // First field of that name; nullopt when absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct ResponseHead {
  int status = 200;
  // Framing fields (Content-Length, Transfer-Encoding, Connection, Date) are the server's; any given here are ignored.
  // A field whose name is not a token is left out; CR, LF and NUL in a value become spaces, so that no function can
  // forge a second response.
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace millrace::net
