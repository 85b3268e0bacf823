#include "net/http_parser.h"

#include <cstring>

#include "net/http_text.h"

namespace millrace::net {

namespace {

constexpr std::size_t kMaxMethod = 32;

// Digits only and no overflow: signs, spaces and lists are what smugglers send.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

struct FramingFields {
  std::optional<std::uint64_t> length;
  int hosts = 0;
  int codings = 0;
  bool chunked_once = true;  // the only coding is one "chunked"
  bool any_chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool expect = false;
};

bool take_transfer_encoding(std::string_view value, FramingFields& out) {
  int before = out.codings;
  text::for_each_element(value, [&](std::string_view coding) {
    ++out.codings;
    if (equals_ignore_case(coding, "chunked")) {
      if (out.any_chunked) out.chunked_once = false;
      out.any_chunked = true;
    } else {
      out.chunked_once = false;
    }
  });
  return out.codings > before;  // an empty field hides a coding from some parsers
}

bool take_framing_field(const HeaderView& field, FramingFields& out, HeadError& error) {
  error = HeadError::kBadRequest;
  switch (field.name.size()) {
    case 4:
      if (equals_ignore_case(field.name, "host")) ++out.hosts;
      break;
    case 6:
      if (equals_ignore_case(field.name, "expect")) {
        error = HeadError::kExpectation;
        out.expect = equals_ignore_case(field.value, "100-continue");
        return out.expect;
      }
      break;
    case 10:
      if (equals_ignore_case(field.name, "connection")) {
        text::for_each_element(field.value, [&](std::string_view option) {
          if (equals_ignore_case(option, "close")) out.close = true;
          if (equals_ignore_case(option, "keep-alive")) out.keep_alive = true;
        });
      }
      break;
    case 14:
      if (equals_ignore_case(field.name, "content-length")) {
        std::optional<std::uint64_t> length = parse_length(field.value);
        if (!length || (out.length && *out.length != *length)) return false;
        out.length = length;
      }
      break;
    case 17:
      if (equals_ignore_case(field.name, "transfer-encoding"))
        return take_transfer_encoding(field.value, out);
      break;
    default:
      break;
  }
  return true;
}

}  // namespace

bool equals_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    if (x == y) continue;
    if ((x ^ y) != 0x20) return false;
    x |= 0x20;
    if (x < 'a' || x > 'z') return false;
  }
  return true;
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
  for (const HeaderView& field : headers)
    if (field.name.size() == name.size() && equals_ignore_case(field.name, name)) return field.value;
  return std::nullopt;
}

int status_of(HeadError error) {
  switch (error) {
    case HeadError::kBadRequest:
      return 400;
    case HeadError::kUriTooLong:
      return 414;
    case HeadError::kTooLarge:
      return 431;
    case HeadError::kNotImplemented:
      return 501;
    case HeadError::kVersion:
      return 505;
    case HeadError::kExpectation:
      return 417;
  }
  return 400;
}

std::optional<HeaderView> parse_field_line(std::string_view line) {
  std::size_t colon = 0;
  while (colon < line.size() && text::kToken[static_cast<unsigned char>(line[colon])])
    ++colon;
  // A name that stops at anything but ':' has white space before the colon, or is a folded line.
  if (colon == 0 || colon == line.size() || line[colon] != ':') return std::nullopt;
  std::string_view value = text::trim(line.substr(colon + 1));
  if (!text::is_value(value)) return std::nullopt;
  return HeaderView{line.substr(0, colon), value};
}

void HeadParser::reset() {
  line_start_ = scanned_ = 0;
  started_ = have_request_line_ = http_1_0_ = false;
  fields_.clear();
}

// Lets a TLS hello or other garbage fail at once instead of waiting for a line end that never comes.
bool HeadParser::plausible_start(std::string_view data) {
  std::string_view line = data.substr(line_start_, kMaxMethod + 1);
  if (line == "\r") return true;
  std::size_t i = 0;
  while (i < line.size() && text::kToken[static_cast<unsigned char>(line[i])])
    ++i;
  return i == line.size() ? i <= kMaxMethod : (i > 0 && line[i] == ' ');
}

ParseStatus HeadParser::parse(std::string_view data) {
  for (;;) {
    const void* found =
        scanned_ < data.size() ? std::memchr(data.data() + scanned_, '\n', data.size() - scanned_) : nullptr;
    if (found == nullptr) {
      scanned_ = data.size();
      if (!have_request_line_) {
        if (!plausible_start(data)) return fail(HeadError::kBadRequest);
        started_ = started_ || (data.size() > line_start_ && data[line_start_] != '\r');
      }
      if (data.size() < limits_.bytes) return ParseStatus::kNeedMore;
      return fail(have_request_line_ ? HeadError::kTooLarge : HeadError::kUriTooLong);
    }
    std::size_t end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
    if (end == line_start_ || data[end - 1] != '\r') return fail(HeadError::kBadRequest);
    std::size_t begin = line_start_;
    std::string_view line = data.substr(begin, end - 1 - begin);
    line_start_ = scanned_ = end + 1;
    if (line_start_ > limits_.bytes)
      return fail(have_request_line_ ? HeadError::kTooLarge : HeadError::kUriTooLong);
    if (!have_request_line_) {
      if (line.empty()) continue;  // RFC 9112 section 2.2: an empty line before the request line is ignored
      started_ = true;
      method_begin_ = static_cast<std::uint32_t>(begin);
      if (!take_request_line(line)) return ParseStatus::kError;
      have_request_line_ = true;
    } else if (line.empty()) {
      return ParseStatus::kDone;
    } else if (!take_field(line, begin)) {
      return ParseStatus::kError;
    }
  }
}

bool HeadParser::take_request_line(std::string_view line) {
  error_ = HeadError::kBadRequest;
  std::size_t method_end = line.find(' ');
  std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) return false;
  std::string_view method = line.substr(0, method_end);
  std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  std::string_view version = line.substr(target_end + 1);
  if (method.size() > kMaxMethod || !text::is_token(method) || target.empty()) return false;
  for (char c : target)
    if (c == ' ' || c == '\t' || !text::kValue[static_cast<unsigned char>(c)]) return false;
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || version[6] != '.' || version[5] < '0' ||
      version[5] > '9' || version[7] < '0' || version[7] > '9')
    return false;
  if (version[5] != '1') {
    error_ = HeadError::kVersion;
    return false;
  }
  http_1_0_ = version[7] == '0';
  method_size_ = static_cast<std::uint32_t>(method.size());
  target_size_ = static_cast<std::uint32_t>(target.size());
  return true;
}

bool HeadParser::take_field(std::string_view line, std::size_t offset) {
  if (fields_.size() == limits_.fields) {
    error_ = HeadError::kTooLarge;
    return false;
  }
  std::optional<HeaderView> field = parse_field_line(line);
  if (!field) {
    error_ = HeadError::kBadRequest;
    return false;
  }
  auto at = [&](std::string_view part) {
    return static_cast<std::uint32_t>(offset + static_cast<std::size_t>(part.data() - line.data()));
  };
  fields_.push_back({at(field->name), static_cast<std::uint32_t>(field->name.size()),
                     field->value.empty() ? static_cast<std::uint32_t>(offset) : at(field->value),
                     static_cast<std::uint32_t>(field->value.size())});
  return true;
}

std::optional<Framing> HeadParser::request(std::string_view data, RequestHead& head) {
  head.method = data.substr(method_begin_, method_size_);
  head.target = data.substr(method_begin_ + method_size_ + 1, target_size_);
  head.http_1_0 = http_1_0_;
  head.headers.clear();
  for (const Field& field : fields_)
    head.headers.push_back(
        {data.substr(field.name_begin, field.name_size), data.substr(field.value_begin, field.value_size)});

  std::string_view rest = head.target;
  if (rest.front() != '/') {
    error_ = HeadError::kNotImplemented;
    if (head.method == "CONNECT") return std::nullopt;
    error_ = HeadError::kBadRequest;
    std::size_t scheme = rest.find("://");
    if (scheme != std::string_view::npos && scheme > 0) {  // absolute-form, RFC 9112 section 3.2.2
      std::size_t begin = rest.find_first_of("/?", scheme + 3);
      rest = begin == std::string_view::npos ? std::string_view() : rest.substr(begin);
    } else if (!(rest == "*" && head.method == "OPTIONS")) {
      return std::nullopt;
    }
  }
  std::size_t question = rest.find('?');
  head.path = rest.substr(0, question);
  head.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  if (head.path.empty()) head.path = "/";
  return request_framing(head, error_);
}

std::optional<Framing> request_framing(const RequestHead& head, HeadError& error) {
  FramingFields fields;
  for (const HeaderView& field : head.headers)
    if (!take_framing_field(field, fields, error)) return std::nullopt;
  error = HeadError::kBadRequest;
  if (fields.hosts > 1 || (fields.hosts == 0 && !head.http_1_0)) return std::nullopt;

  Framing framing;
  if (fields.codings > 0) {
    // RFC 9112 section 6.1 and 6.3: both framings at once, or codings in 1.0, may be an attack.
    if (fields.length || head.http_1_0) return std::nullopt;
    if (!fields.chunked_once) {
      if (!fields.any_chunked || fields.codings == 1) error = HeadError::kNotImplemented;
      return std::nullopt;
    }
    framing.body = BodyKind::kChunked;
  } else if (fields.length && *fields.length > 0) {
    framing.body = BodyKind::kLength;
    framing.length = *fields.length;
  }
  framing.keep_alive = !fields.close && (!head.http_1_0 || fields.keep_alive);
  framing.expect_continue = fields.expect && !head.http_1_0 && framing.body != BodyKind::kNone;
  return framing;
}

ParseStatus parse_response(std::string_view data, bool to_head, ParsedResponse& out) {
  std::size_t end = data.find("\r\n\r\n");
  if (end == std::string_view::npos) return ParseStatus::kNeedMore;
  out = ParsedResponse{};
  out.size = end + 4;
  std::string_view lines = data.substr(0, end + 2);
  auto next_line = [&lines] {
    std::size_t size = lines.find("\r\n");
    std::string_view line = lines.substr(0, size);
    lines.remove_prefix(size + 2);
    return line;
  };
  std::string_view status = next_line();
  if (status.size() < 12 || status.substr(0, 7) != "HTTP/1." || status[8] != ' ') return ParseStatus::kError;
  for (char c : status.substr(9, 3)) {
    if (c < '0' || c > '9') return ParseStatus::kError;
    out.status = out.status * 10 + (c - '0');
  }
  FramingFields fields;
  HeadError error;
  while (!lines.empty()) {
    std::optional<HeaderView> field = parse_field_line(next_line());
    if (!field || !take_framing_field(*field, fields, error)) return ParseStatus::kError;
    out.headers.emplace_back(field->name, field->value);
  }
  out.framing.keep_alive = !fields.close && (status[7] != '0' || fields.keep_alive);
  bool bodiless = to_head || out.status < 200 || out.status == 204 || out.status == 304;
  if (bodiless) return ParseStatus::kDone;
  if (fields.codings > 0) {
    if (fields.length || !fields.chunked_once) return ParseStatus::kError;
    out.framing.body = BodyKind::kChunked;
  } else if (fields.length) {
    out.framing.body = *fields.length > 0 ? BodyKind::kLength : BodyKind::kNone;
    out.framing.length = *fields.length;
  } else {
    out.framing.body = BodyKind::kUntilClose;
    out.framing.keep_alive = false;
  }
  return ParseStatus::kDone;
}

}  // namespace millrace::net
