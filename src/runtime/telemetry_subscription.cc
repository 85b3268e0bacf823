#include "runtime/telemetry_subscription.h"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace dom = simdjson::dom;

// Collects what is wrong, as AWS does: "a; b".
class Problems {
 public:
  void add(std::string_view text) {
    if (!text_.empty()) text_ += "; ";
    text_ += text;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string_view text_in(const dom::object& object, std::string_view name) {
  std::string_view value;
  return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

void read_types(const dom::object& body, TelemetryWish& wish, Problems& problems) {
  dom::array types;
  if (body["types"].get(types) != simdjson::SUCCESS || types.size() == 0) {
    problems.add("types should not be empty");
    return;
  }
  for (const dom::element type : types) {
    std::string_view name;
    if (type.get(name) != simdjson::SUCCESS) name = "";
    if (name == "platform") {
      wish.platform = true;
    } else if (name == "function") {
      wish.function = true;
    } else if (name == "extension") {
      wish.extension = true;
    } else {
      problems.add(fmt::format("types: {} is not one of platform, function, extension", json_string(name)));
    }
  }
}

struct Range {
  const char* name;
  std::int64_t least;
  std::int64_t most;
};

template <class T>
void read_limit(const dom::object& buffering, const Range& range, T& to, Problems& problems) {
  dom::element given;
  if (buffering[range.name].get(given) != simdjson::SUCCESS || given.is_null()) return;
  std::int64_t value = 0;
  if (given.get(value) != simdjson::SUCCESS || value < range.least || value > range.most) {
    problems.add(
        fmt::format("buffering.{} must be a number from {} to {}", range.name, range.least, range.most));
    return;
  }
  to = T(value);
}

// http://sandbox.localdomain:8080/path
void read_uri(std::string_view uri, TelemetryWish& wish, Problems& problems) {
  constexpr std::string_view kScheme = "http://";
  if (uri.empty()) return problems.add("destination URI is not provided");
  if (!uri.starts_with(kScheme)) return problems.add("URI scheme must be http");
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (slash != std::string_view::npos) wish.path = uri.substr(slash);
  const std::string_view authority = uri.substr(0, slash);
  const std::size_t colon = authority.find(':');
  const std::string_view host = authority.substr(0, colon);
  if (host != "sandbox.localdomain" && host != "sandbox")
    problems.add("URI host must be sandbox.localdomain");
  if (wish.path.find_first_of(" \r\n") != std::string::npos) problems.add("URI path is not valid");
  if (colon == std::string_view::npos) return problems.add("URI port is not provided");
  const std::string_view port = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), wish.port);
  if (error != std::errc() || end != port.data() + port.size() || wish.port == 0)
    return problems.add("URI port is not valid");
  if (wish.port == 9001) problems.add("URI port 9001 is reserved");
}

void read_destination(const dom::object& body, TelemetryWish& wish, Problems& problems) {
  dom::object destination;
  if (body["destination"].get(destination) != simdjson::SUCCESS)
    return problems.add("destination is not provided");
  const std::string_view protocol = text_in(destination, "protocol");
  if (protocol == "TCP") {
    wish.tcp = true;
    std::uint64_t port = 0;
    if (destination["port"].get(port) == simdjson::SUCCESS && port > 0 && port < 65536) {
      wish.port = static_cast<std::uint16_t>(port);
      return;
    }
  } else if (protocol != "HTTP") {
    problems.add("destination protocol must be HTTP or TCP");
  }
  const std::string_view method = text_in(destination, "method");
  if (wish.api == TelemetryApi::kLogs && method == "PUT") wish.method = "PUT";
  std::string_view uri = text_in(destination, "URI");
  if (uri.empty()) uri = text_in(destination, "uri");
  read_uri(uri, wish, problems);
}

void read_schema(const dom::object& body, TelemetryWish& wish, Problems& problems) {
  wish.schema = text_in(body, "schemaVersion");
  const bool logs = wish.api == TelemetryApi::kLogs;
  if (logs && wish.schema.empty()) wish.schema = "2020-08-15";
  constexpr std::array<std::string_view, 3> kTelemetry{"2022-07-01", "2022-12-13", "2025-01-29"};
  constexpr std::array<std::string_view, 2> kLogs{"2020-08-15", "2021-03-18"};
  bool known = false;
  for (const std::string_view version : kTelemetry)
    known = known || (!logs && version == wish.schema);
  for (const std::string_view version : kLogs)
    known = known || (logs && version == wish.schema);
  if (!known)
    problems.add(wish.schema.empty() ? "schemaVersion is not provided" : "schemaVersion is not known");
}

bool has_event(const TelemetryWish& wish, std::string_view type) {
  if (wish.api == TelemetryApi::kTelemetry) return type != "platform.end" && type != "platform.fault";
  if (type == "platform.runtimeDone") return wish.schema >= "2021-03-18";
  return !type.starts_with("platform.init") && type != "platform.telemetrySubscription";
}

// JSON may hold valid UTF-8 only; a function prints what it likes.
std::string line_string(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return json_string(text);
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out.push_back(c);
    } else {
      out += "\xef\xbf\xbd";
    }
  }
  return json_string(out);
}

std::string line_record(const TelemetryWish& wish, const TelemetryEvent& event) {
  if (event.structured && wish.api == TelemetryApi::kTelemetry && wish.schema >= "2022-12-13") {
    dom::parser parser;
    dom::element document;
    if (parser.parse(event.record).get(document) == simdjson::SUCCESS && document.is_object())
      return event.record;
  }
  return line_string(event.record);
}

}  // namespace

base::Result<TelemetryWish, std::string> read_telemetry_wish(TelemetryApi api, std::string_view body) {
  TelemetryWish wish;
  wish.api = api;
  dom::parser parser;
  dom::object document;
  if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS)
    return base::fail(std::string("the body is not a JSON object"));
  Problems problems;
  read_schema(document, wish, problems);
  read_destination(document, wish, problems);
  read_types(document, wish, problems);
  dom::object buffering;
  if (document["buffering"].get(buffering) == simdjson::SUCCESS) {
    read_limit(buffering, {"maxItems", 1000, 10000}, wish.max_items, problems);
    read_limit(buffering, {"maxBytes", 262144, 1048576}, wish.max_bytes, problems);
    read_limit(buffering, {"timeoutMs", 25, 30000}, wish.timeout, problems);
  }
  if (!problems.text().empty()) return base::fail(problems.text());
  return wish;
}

std::string encode_telemetry(const TelemetryWish& wish, const TelemetryEvent& event) {
  std::string type = event.type;
  if (event.kind == TelemetryKind::kPlatform && !has_event(wish, type)) {
    if (type != "platform.telemetrySubscription") return {};
    type = "platform.logsSubscription";
  }
  const std::string record = event.kind == TelemetryKind::kPlatform ? event.record : line_record(wish, event);
  return fmt::format(R"({{"time":"{}","type":"{}","record":{}}})", iso_time(event.time), type, record);
}

std::string telemetry_types_text(const TelemetryWish& wish) {
  std::string text;
  const auto add = [&text](bool wanted, std::string_view name) {
    if (wanted) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  };
  add(wish.platform, "Platform");
  add(wish.function, "Function");
  add(wish.extension, "Extension");
  return text;
}

std::string telemetry_types_json(const TelemetryWish& wish) {
  std::string text = "[";
  const auto add = [&text](bool wanted, std::string_view name) {
    if (wanted) text += fmt::format("{}\"{}\"", text.size() == 1 ? "" : ",", name);
  };
  add(wish.platform, "platform");
  add(wish.function, "function");
  add(wish.extension, "extension");
  return text + "]";
}

}  // namespace millrace::runtime
