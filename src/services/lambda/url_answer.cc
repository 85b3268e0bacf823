#include "services/lambda/url_answer.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/encoding.h"
#include "services/lambda/record_json.h"
#include "wire/json_writer.h"

namespace millrace::lambda {
namespace {

using wire::Json;
using wire::JsonKind;

std::optional<int> status_of(const Json& json) {
  int status = 0;
  if (json.kind() == JsonKind::kInt) {
    if (json.as_int() < 100 || json.as_int() > 599) return std::nullopt;
    return static_cast<int>(json.as_int());
  }
  if (json.kind() == JsonKind::kDouble) return static_cast<int>(json.as_double());
  if (json.kind() != JsonKind::kString) return std::nullopt;
  const std::string_view text = json.as_string();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || status < 100 || status > 599)
    return std::nullopt;
  return status;
}

// A scalar as text; handlers give numbers and booleans as header values.
std::optional<std::string> text_of(const Json& json) {
  switch (json.kind()) {
    case JsonKind::kString:
      return std::string(json.as_string());
    case JsonKind::kInt:
      return std::to_string(json.as_int());
    case JsonKind::kUint:
      return std::to_string(json.as_uint());
    case JsonKind::kDouble:
      return fmt::format("{}", json.as_double());
    case JsonKind::kBool:
      return json.as_bool() ? "true" : "false";
    case JsonKind::kAbsent:
    case JsonKind::kNull:
    case JsonKind::kArray:
    case JsonKind::kObject:
      return std::nullopt;
  }
  return std::nullopt;
}

// A line break would end the field and begin another: response splitting.
bool is_field_safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

void take_headers(const Json& in, net::ResponseHead& head) {
  bool has_type = false;
  for (wire::JsonFields field(in.find("headers")); field.next();) {
    std::optional<std::string> value = text_of(field.value());
    if (!value || !is_field_safe(*value) || !is_token(field.key())) continue;
    has_type = has_type || net::equals_ignore_case(field.key(), "content-type");
    head.headers.emplace_back(std::string(field.key()), std::move(*value));
  }
  for (wire::JsonElements cookie(in.find("cookies")); cookie.next();) {
    std::optional<std::string> value = text_of(cookie.value());
    if (value && is_field_safe(*value)) head.headers.emplace_back("Set-Cookie", std::move(*value));
  }
  if (!has_type) head.headers.emplace_back("Content-Type", "application/json");
}

std::string joined(const std::optional<std::vector<std::string>>& list) {
  return list ? fmt::format("{}", fmt::join(*list, ",")) : std::string();
}

bool allows(const std::optional<std::vector<std::string>>& list, std::string_view value) {
  if (!list) return false;
  return std::any_of(list->begin(), list->end(),
                     [value](const std::string& one) { return one == "*" || one == value; });
}

void append_json(std::string& out, const Json& json) {
  switch (json.kind()) {
    case JsonKind::kString:
      wire::append_json_string(out, json.as_string());
      return;
    case JsonKind::kArray: {
      out += '[';
      bool first = true;
      for (wire::JsonElements element(json); element.next();) {
        if (!std::exchange(first, false)) out += ',';
        append_json(out, element.value());
      }
      out += ']';
      return;
    }
    case JsonKind::kObject: {
      out += '{';
      bool first = true;
      for (wire::JsonFields field(json); field.next();) {
        if (!std::exchange(first, false)) out += ',';
        wire::append_json_string(out, field.key());
        out += ':';
        append_json(out, field.value());
      }
      out += '}';
      return;
    }
    default:
      out += text_of(json).value_or("null");
  }
}

}  // namespace

std::optional<UrlAnswer> infer_answer(std::string_view payload) {
  UrlAnswer answer;
  wire::JsonParser parser;
  if (!parser.parse(payload)) {
    // A streaming handler behind a buffered URL.
    answer.head.headers.emplace_back("Content-Type", "application/octet-stream");
    answer.body = payload;
    return answer;
  }
  const Json in = parser.root();
  const Json status = in.find("statusCode");
  if (status.kind() == JsonKind::kAbsent || status.kind() == JsonKind::kNull) {
    answer.head.headers.emplace_back("Content-Type", "application/json");
    answer.body = in.kind() == JsonKind::kString ? in.as_string() : payload;
    return answer;
  }
  const std::optional<int> code = status_of(status);
  if (!code) return std::nullopt;
  answer.head.status = *code;
  take_headers(in, answer.head);
  const Json body = in.find("body");
  if (body.kind() == JsonKind::kAbsent || body.kind() == JsonKind::kNull) return answer;
  if (body.kind() != JsonKind::kString) {
    append_json(answer.body, body);
    return answer;
  }
  answer.body = body.as_string();
  if (!read_flag(in, "isBase64Encoded").value_or(false)) return answer;
  std::optional<std::string> bytes = base::base64_decode(answer.body);
  if (!bytes) return std::nullopt;
  answer.body = std::move(*bytes);
  return answer;
}

std::optional<net::ResponseHead> parse_prelude(std::string_view json) {
  wire::JsonParser parser;
  if (!parser.parse(json) || parser.root().kind() != JsonKind::kObject) return std::nullopt;
  net::ResponseHead head;
  const Json status = parser.root().find("statusCode");
  if (status.kind() != JsonKind::kAbsent && status.kind() != JsonKind::kNull) {
    const std::optional<int> code = status_of(status);
    if (!code) return std::nullopt;
    head.status = *code;
  }
  take_headers(parser.root(), head);
  return head;
}

PreludeSplitter::State PreludeSplitter::feed(std::string_view bytes, std::string_view& rest) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0') {
      if (++nuls_ < 8) continue;
      rest = bytes.substr(i + 1);
      return State::kDone;
    }
    prelude_.append(nuls_, '\0');
    nuls_ = 0;
    prelude_.push_back(bytes[i]);
    if (prelude_.size() > kLimit) return State::kTooLong;
  }
  return State::kMore;
}

void add_cors_headers(const std::optional<Cors>& cors, const net::RequestHead& request,
                      net::ResponseHead& answer) {
  const std::optional<std::string_view> origin = request.header("origin");
  if (!cors || !cors->allow_origins) return;
  // The configuration wins over what the function says.
  std::erase_if(answer.headers, [](const auto& field) {
    return field.first.size() > 15 &&
           net::equals_ignore_case(std::string_view(field.first).substr(0, 15), "access-control-");
  });
  if (!origin || !allows(cors->allow_origins, *origin)) return;
  const bool any = allows(cors->allow_origins, "*") && !cors->allow_credentials.value_or(false);
  answer.headers.emplace_back("Access-Control-Allow-Origin", any ? "*" : std::string(*origin));
  if (!any) answer.headers.emplace_back("Vary", "Origin");
  if (cors->allow_credentials.value_or(false))
    answer.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  if (cors->expose_headers && !cors->expose_headers->empty()) {
    answer.headers.emplace_back("Access-Control-Expose-Headers", joined(cors->expose_headers));
  }
}

std::optional<net::ResponseHead> preflight_answer(const std::optional<Cors>& cors,
                                                  const net::RequestHead& request) {
  if (!cors || request.method != "OPTIONS" || !request.header("access-control-request-method"))
    return std::nullopt;
  net::ResponseHead head;
  const std::size_t before = head.headers.size();
  add_cors_headers(cors, request, head);
  if (head.headers.size() == before)
    return head;  // the origin is not allowed: no headers, the browser refuses
  if (cors->allow_methods)
    head.headers.emplace_back("Access-Control-Allow-Methods", joined(cors->allow_methods));
  if (cors->allow_headers && !cors->allow_headers->empty()) {
    head.headers.emplace_back("Access-Control-Allow-Headers", joined(cors->allow_headers));
  }
  if (cors->max_age) head.headers.emplace_back("Access-Control-Max-Age", std::to_string(*cors->max_age));
  return head;
}

}  // namespace millrace::lambda
