#include "net/http_format.h"

#include <charconv>

#include <fmt/format.h>

#include "net/http_text.h"

namespace millrace::net {

namespace {

bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignore_case(name, "date");
    case 10:
      return equals_ignore_case(name, "connection") || equals_ignore_case(name, "keep-alive");
    case 14:
      return equals_ignore_case(name, "content-length");
    case 17:
      return equals_ignore_case(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_fields(std::string& out, const ResponseHead& head) {
  for (const auto& [name, value] : head.headers) {
    if (is_framing_field(name) || !text::is_token(name)) continue;
    out += name;
    out += ": ";
    std::size_t begin = out.size();
    out += value;
    if (!text::is_value(value)) {
      for (std::size_t i = begin; i < out.size(); ++i)
        if (!text::kValue[static_cast<unsigned char>(out[i])]) out[i] = ' ';
    }
    out += "\r\n";
  }
}

}  // namespace

void append_response_head(std::string& out, const ResponseHead& head, const ResponseFrame& frame) {
  if (head.status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out,
                  static_cast<std::uint64_t>(head.status < 100 || head.status > 999 ? 500 : head.status));
    out += ' ';
    out += reason_phrase(head.status);
    out += "\r\n";
  }
  append_fields(out, head);
  if (!frame.date.empty()) {
    out += "Date: ";
    out += frame.date;
    out += "\r\n";
  }
  if (frame.body == ResponseBody::kLength) {
    out += "Content-Length: ";
    append_number(out, frame.length);
    out += "\r\n";
  } else if (frame.body == ResponseBody::kChunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!frame.keep_alive) {
    out += "Connection: close\r\n";
  } else if (frame.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a teapot";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

std::string format_http_date(std::int64_t unix_seconds) {
  static constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::int64_t days = unix_seconds / 86400, second = unix_seconds % 86400;
  std::int64_t weekday = days % 7;
  // Civil date from days, with years that begin in March so that leap days come last.
  std::int64_t z = days + 719468;
  std::int64_t era = z / 146097, day_of_era = z - era * 146097;
  std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  std::int64_t shifted = (5 * day_of_year + 2) / 153;
  std::int64_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
  std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday], day, kMonths[month - 1],
                     year, second / 3600, second / 60 % 60, second % 60);
}

}  // namespace millrace::net
