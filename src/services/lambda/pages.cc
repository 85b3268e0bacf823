#include "services/lambda/pages.h"

#include <charconv>
#include <map>
#include <memory>

#include "base/encoding.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kCode = "/_millrace/lambda/code/";
constexpr std::string_view kLogs = "/_millrace/logs";

base::Task<> send_text(net::Exchange& exchange, int status, std::string_view type, std::string_view body) {
  net::ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", std::string(type));
  (void)co_await exchange.send(std::move(head), body);
}

struct Pages {
  Lambda& service;
  telemetry::LogStore& logs;
  PagesOptions options;

  base::Task<> code(net::Exchange& exchange) {
    std::string_view hash = exchange.head().path.substr(kCode.size());
    if (hash.ends_with(".zip")) hash.remove_suffix(4);
    const bool is_hash =
        hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_hash) co_return co_await send_text(exchange, 404, "text/plain", "no such package\n");
    auto zip = co_await service.world().code.read(std::string(hash));
    if (!zip) co_return co_await send_text(exchange, 404, "text/plain", "no such package\n");
    co_await send_text(exchange, 200, "application/zip", *zip);
  }

  base::Task<> log_page(net::Exchange& exchange) {
    if (!options.show_logs) {
      co_return co_await send_text(
          exchange, 403, "text/plain",
          "with --auth=enforce logs are not shown here; ask for an invocation's with "
          "LogType Tail\n");
    }
    std::map<std::string, std::string> query = fields(exchange.head().query);
    const std::string function = query["function"];
    if (function.empty()) {
      co_return co_await send_text(exchange, 400, "text/plain", "say whose: /_millrace/logs?function=NAME\n");
    }
    FunctionName name{options.account, query["region"].empty() ? options.default_region : query["region"],
                      function, ""};
    auto loaded = co_await service.find(name);
    telemetry::LogQuery wanted;
    wanted.group = {name.account, name.region, "/aws/lambda/" + function};
    if (loaded && *loaded) wanted.group.name = (*loaded)->record->log_group();
    if (!query["stream"].empty()) wanted.stream = query["stream"];
    wanted.request_id = query["request"];
    wanted.newest = true;
    wanted.limit = static_cast<std::size_t>(number(query["limit"], 1000));
    const std::int64_t since = number(query["since"], 0);
    if (since > 0) wanted.from = base::WallTime(std::chrono::milliseconds(since));
    auto events = co_await logs.query(std::move(wanted));
    if (!events) co_return co_await send_text(exchange, 500, "text/plain", "the logs cannot be read\n");
    const bool json = query["format"] == "json";
    const std::string body = json ? as_json(*events) : as_text(*events);
    co_await send_text(exchange, 200, json ? "application/json" : "text/plain; charset=utf-8", body);
  }

  static std::int64_t number(const std::string& text, std::int64_t otherwise) {
    std::int64_t value = otherwise;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value > 0 ? value : otherwise;
  }

  static std::map<std::string, std::string> fields(std::string_view query) {
    std::map<std::string, std::string> out;
    while (!query.empty()) {
      const std::size_t end = query.find('&');
      const std::string_view field = query.substr(0, end);
      query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
      const std::size_t equals = std::min(field.find('='), field.size());
      out[std::string(field.substr(0, equals))] =
          base::uri_decode(field.substr(std::min(equals + 1, field.size())), true).value_or("");
    }
    return out;
  }

  static std::string as_text(const std::vector<telemetry::LogEvent>& events) {
    std::string out;
    for (const telemetry::LogEvent& event : events) {
      out.append(lambda_timestamp(event.time)).append(" ").append(event.message).append("\n");
    }
    return out;
  }

  static std::string as_json(const std::vector<telemetry::LogEvent>& events) {
    std::string list = "[";
    for (const telemetry::LogEvent& event : events) {
      if (list.size() > 1) list += ',';
      RecordWriter one;
      one.number("timestamp", base::unix_millis(event.time))
          .number("ingestionTime", base::unix_millis(event.ingested));
      one.text("logStreamName", std::string_view(event.stream))
          .text("requestId", std::string_view(event.request_id));
      // What a function prints need not be UTF-8; JSON must be.
      const bool valid = base::is_valid_utf8(event.message);
      if (valid) one.text("message", std::string_view(event.message));
      if (!valid) one.text("messageBase64", std::string_view(base::base64_encode(event.message)));
      list += one.finish();
    }
    RecordWriter out;
    return out.raw("events", list + "]").finish();
  }
};

}  // namespace

wire::RouteHook lambda_pages(Lambda& service, telemetry::LogStore& logs, PagesOptions options) {
  auto pages = std::make_shared<Pages>(Pages{service, logs, std::move(options)});
  return [pages](const net::RequestHead& head) -> net::Handler {
    if (head.path.starts_with(kCode))
      return [pages](net::Exchange& exchange) { return pages->code(exchange); };
    if (head.path == kLogs) return [pages](net::Exchange& exchange) { return pages->log_page(exchange); };
    return {};
  };
}

}  // namespace millrace::lambda
