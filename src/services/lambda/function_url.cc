#include "services/lambda/function_url.h"

#include <fmt/format.h>

#include "base/log.h"
#include "services/lambda/invocation.h"
#include "services/lambda/policy_record.h"
#include "services/lambda/url_event.h"
#include "services/lambda/url_sink.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kPathPrefix = "/lambda-url/";

base::Task<> refuse(net::Exchange& exchange, int status, std::string_view message) {
  net::ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "application/json");
  if (status == 403) head.headers.emplace_back("x-amzn-ErrorType", "AccessDeniedException");
  const std::string body = fmt::format(R"({{"Message":"{}"}})", message);
  (void)co_await exchange.send(std::move(head), body);
}

// "Root=1-<8 hex of seconds>-<24 hex>", as X-Ray wants it.
std::string trace_header(const net::RequestHead& head, base::WallTime now, base::Random& random) {
  if (auto given = head.header("x-amzn-trace-id")) return std::string(*given);
  return fmt::format("Root=1-{:08x}-{:016x}{:08x}", base::unix_seconds(now), random.next_u64(),
                     random.next_u64() & 0xffffffff);
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<UrlTarget> find_url_target(const net::RequestHead& head) {
  if (head.path.starts_with(kPathPrefix)) {
    const std::string_view rest = head.path.substr(kPathPrefix.size());
    const std::size_t slash = rest.find('/');
    const std::string_view id = rest.substr(0, slash);
    return UrlTarget{id, slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash)};
  }
  const std::optional<std::string_view> host = head.header("host");
  if (!host) return std::nullopt;
  const std::size_t dot = host->find('.');
  if (dot == std::string_view::npos || !host->substr(dot).starts_with(".lambda-url.")) return std::nullopt;
  return UrlTarget{host->substr(0, dot), head.path};
}

bool is_public(std::string_view policy_document) {
  std::optional<PolicyRecord> policy = decode_policy(policy_document);
  if (!policy) return false;
  for (const PolicyStatement& statement : policy->statements) {
    wire::JsonParser parser;
    if (!parser.parse(statement.json)) continue;
    const wire::Json in = parser.root();
    const wire::Json principal = in.find("Principal");
    const bool anybody = principal.kind() == wire::JsonKind::kString ? principal.as_string() == "*"
                                                                     : read_text(principal, "AWS") == "*";
    const std::string action = read_text(in, "Action");
    // Since October 2025 AWS asks for both actions; either is enough here.
    const bool calls = action == "lambda:InvokeFunctionUrl" || action == "lambda:InvokeFunction" ||
                       action == "lambda:*" || action == "*";
    if (anybody && calls && read_text(in, "Effect") == "Allow") return true;
  }
  return false;
}

wire::RouteHook FunctionUrls::hook() {
  return [this](const net::RequestHead& head) -> net::Handler {
    if (!find_url_target(head)) return {};
    return [this](net::Exchange& exchange) { return serve(exchange); };
  };
}

base::Task<> FunctionUrls::serve(net::Exchange& exchange) {
  const std::optional<UrlTarget> target = find_url_target(exchange.head());
  if (!target || !is_id(target->id)) co_return co_await refuse(exchange, 403, "Forbidden");
  auto owner = co_await service_.get(url_id_key(target->id));
  if (!owner) co_return co_await refuse(exchange, 500, "Internal Server Error");
  std::optional<FunctionName> name;
  if (*owner) name = decode_url_owner((*owner)->document);
  if (!name)
    co_return co_await refuse(exchange, 403,
                              "Forbidden");  // AWS does not tell an unknown id from a forbidden one
  auto found = co_await service_.get(url_key(*name));
  std::optional<UrlRecord> url;
  if (found && *found) url = decode_url((*found)->document);
  if (!url) co_return co_await refuse(exchange, 403, "Forbidden");
  if (auto preflight = preflight_answer(url->cors, exchange.head())) {
    (void)co_await exchange.send(std::move(*preflight), "");
    co_return;
  }
  auto function = co_await service_.find(*name);
  if (!function || !*function) co_return co_await refuse(exchange, function ? 404 : 500, "Not Found");
  if (url->auth_type != "AWS_IAM") {
    auto policy = co_await service_.get(qualified_key("lambda.policy", *name));
    if (!policy || !*policy || !is_public((*policy)->document)) {
      base::log(base::LogLevel::kWarning,
                "the URL of {} was called and refused: AuthType NONE needs AddPermission with action "
                "lambda:InvokeFunctionUrl and "
                "principal *",
                name->name);
      co_return co_await refuse(exchange, 403, "Forbidden");
    }
  }
  co_await call(exchange, std::move(*url), std::move(**function), target->path);
}

base::Task<> FunctionUrls::call(net::Exchange& exchange, UrlRecord url, LoadedFunction function,
                                std::string_view path) {
  const net::RequestHead& head = exchange.head();
  auto body = co_await exchange.read_body(kMaxSyncPayload);
  if (!body) {
    if (body.error() == net::ReadError::kClosed) co_return;
    co_return co_await refuse(
        exchange, body.error() == net::ReadError::kTooLarge ? 413 : 400,
        body.error() == net::ReadError::kTooLarge ? "Request Entity Too Large" : "Bad Request");
  }
  std::optional<wire::Principal> principal;
  if (url.auth_type == "AWS_IAM") {
    auto verified = verifying_.authenticate(wire::AuthRequest{head, *body, "lambda"});
    if (!verified) co_return co_await refuse(exchange, 403, "Forbidden");
    principal = std::move(*verified);
  }
  const base::WallTime now = service_.world().clock.now();
  const std::string request_id = base::make_uuid(service_.world().random);
  const std::string trace = trace_header(head, now, service_.world().random);
  UrlRequest request{head,       *body, path, exchange.peer_address(),
                     request_id, trace, now,  std::move(principal)};
  std::string event = make_url_event(url, request);
  if (event.size() > kMaxSyncPayload) co_return co_await refuse(exchange, 413, "Request Entity Too Large");

  UrlSink::Parts parts{exchange,      service_.world().clock,   {},
                       url.streams(), options_.bandwidth_shape, kMaxBufferedResponse};
  parts.decorate = [&url, &head, &request_id, &trace](net::ResponseHead& answer) {
    answer.headers.emplace_back("x-amzn-RequestId", request_id);
    answer.headers.emplace_back("X-Amzn-Trace-Id", trace);
    add_cors_headers(url.cors, head, answer);
  };
  UrlSink sink(std::move(parts));
  InvokeRequest invoke{std::move(function), request_id, std::move(event), "", trace, false};
  auto outcome = co_await run_while_connected(service_, std::move(invoke), sink, exchange);
  if (!outcome) co_return co_await sink.fail(outcome.error().status == 429 ? 429 : 502);
  if (outcome->failure == runtime::InvokeFailure::kCancelled) {
    exchange.abort();
    co_return;
  }
  if (outcome->failure != runtime::InvokeFailure::kNone) co_return co_await sink.fail(502);
  co_await sink.finish();
}

}  // namespace millrace::lambda
