#include "server/system_routes.h"

#include <string>

#include <fmt/format.h>

namespace millrace::server {
namespace {

net::Handler answer_with(int status, std::string content_type, std::string body) {
  struct Answer {
    int status;
    std::string content_type;
    std::string body;
    base::Task<> operator()(net::Exchange& exchange) const {
      net::ResponseHead head{status, {{"Content-Type", content_type}}};
      co_await exchange.send(std::move(head), body);
    }
  };
  return Answer{status, std::move(content_type), std::move(body)};
}

}  // namespace

wire::RouteHook system_routes(const base::Registry& metrics) {
  return [&metrics](const net::RequestHead& head) -> net::Handler {
    if (!head.path.starts_with("/_millrace/")) return {};
    if (head.path == "/_millrace/health") {
      return answer_with(200, "application/json",
                         fmt::format(R"({{"status":"ready","version":"{}"}})", MILLRACE_VERSION));
    }
    if (head.path == "/_millrace/metrics") {
      return answer_with(200, "text/plain; version=0.0.4", metrics.prometheus_text());
    }
    return {};
  };
}

}  // namespace millrace::server
