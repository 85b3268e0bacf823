#include "wire/dispatch.h"

#include <exception>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/gzip.h"
#include "base/log.h"
#include "wire/cbor.h"
#include "wire/dispatch_metrics.h"
#include "wire/form.h"
#include "wire/protocol.h"
#include "wire/reply.h"
#include "wire/sigv4.h"
#include "wire/thread_parser.h"
#include "wire/tracked_exchange.h"

namespace millrace::wire {
namespace {

// What the head of a request says is wanted.
struct Wanted {
  const ServiceEntry* entry = nullptr;  // null: no service knows this request
  const OperationRow* row = nullptr;    // null: not implemented, or unknown
  const OperationFacts* facts = nullptr;
  std::string_view name;
  std::vector<std::pair<std::string_view, std::string>> labels;
  Speech speech = Speech::kFirst;
  const ProtocolFacts* protocols = nullptr;  // when it does not speak the first

  bool rest() const { return speech == Speech::kFirst && entry->facts->protocol == Protocol::kRestJson; }
  bool json() const { return speech == Speech::kFirst && entry->facts->protocol != Protocol::kRestJson; }
};

// A request to "/", or with a target, that no service owns gets what DynamoDB's endpoint answers to it.
constexpr ServiceFacts kNobodyFacts{"unknown", "dynamodb", Protocol::kJson10, "", "com.amazon.coral.service",
                                    {}};
constexpr ServiceEntry kNobody{&kNobodyFacts, nullptr, {}, 16u << 20};

// A request of the Query protocol; its body names the operation.
bool is_form(const net::RequestHead& head) {
  if (head.path != "/") return false;
  if (head.method == "GET") return head.query.find("Action=") != std::string_view::npos;
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  const std::string_view type = head.header("content-type").value_or("");
  return head.method == "POST" && net::equals_ignore_case(type.substr(0, kForm.size()), kForm);
}

// "/service/GraniteServiceVersion20100801/operation/ListMetrics", whatever stands before it.
bool find_rpc(const Services& services, const net::RequestHead& head, Wanted& wanted) {
  constexpr std::string_view kService = "/service/", kOperation = "/operation/";
  if (!head.header("smithy-protocol")) return false;
  const std::size_t service = head.path.rfind(kService), operation = head.path.rfind(kOperation);
  if (service == std::string_view::npos || operation == std::string_view::npos || operation < service)
    return false;
  const std::size_t begin = service + kService.size();
  if (begin > operation) return false;
  const ServiceEntry* entry = services.find_target(head.path.substr(begin, operation - begin));
  wanted.protocols = entry == nullptr ? nullptr : services.protocols(*entry);
  if (wanted.protocols == nullptr || !wanted.protocols->cbor) return false;
  wanted.entry = entry;
  wanted.name = head.path.substr(operation + kOperation.size());
  wanted.facts = find_facts(*entry->facts, wanted.name);
  wanted.speech = Speech::kCbor;
  return true;
}

Wanted find_operation(const Services& services, const net::RequestHead& head) {
  Wanted wanted;
  if (const auto target = head.header("x-amz-target")) {
    const std::size_t dot = std::min(target->rfind('.'), target->size());
    wanted.entry = services.find_target(target->substr(0, dot));
    wanted.name = target->substr(std::min(dot + 1, target->size()));
    if (wanted.entry == nullptr) wanted.entry = &kNobody;
    wanted.facts = find_facts(*wanted.entry->facts, wanted.name);
  } else if (find_rpc(services, head, wanted)) {
    if (wanted.facts != nullptr) wanted.row = find_row(*wanted.entry, wanted.name);
    return wanted;
  } else if (is_form(head)) {
    const auto scope = peek_scope(head);
    wanted.entry = scope ? services.find_query(scope->service) : nullptr;
    if (wanted.entry == nullptr) wanted.entry = &kNobody;
    wanted.speech = Speech::kQuery;
    return wanted;
  } else if (auto route = services.route(head.method, head.path, head.query)) {
    wanted.entry = route->service;
    wanted.facts = route->operation;
    wanted.name = route->operation->name;
    wanted.labels = std::move(route->labels);
  } else if (head.path == "/" && !(head.method == "OPTIONS" && head.header("origin"))) {
    wanted.entry = &kNobody;
  }
  if (wanted.facts != nullptr) wanted.row = find_row(*wanted.entry, wanted.name);
  return wanted;
}

ServiceError plain_error(std::string code, int status, std::string message = {}) {
  ServiceError error;
  error.code = std::move(code);
  error.status = status;
  error.message = std::move(message);
  error.space = ErrorSpace::kCoral;
  if (status >= 500) error.fault = Fault::kServer;
  return error;
}

ServiceError read_error(net::ReadError error, std::size_t limit) {
  switch (error) {
    case net::ReadError::kTooLarge: {
      auto out = plain_error("RequestTooLargeException", 413,
                             fmt::format("Request must be smaller than {} bytes", limit));
      out.members = "\"Type\":\"User\"";
      return out;
    }
    case net::ReadError::kTimeout:
      return plain_error("RequestTimeout", 408, "The request was not received in time");
    case net::ReadError::kMalformed:
    case net::ReadError::kClosed:
      break;
  }
  return serialization_error("The request body is malformed");
}

// Counts itself among the requests in flight for as long as it lives.
class Admission {
 public:
  Admission(std::atomic<std::size_t>& in_flight, std::size_t limit)
      : in_flight_(in_flight), admitted_(in_flight.fetch_add(1, std::memory_order_relaxed) < limit) {}
  ~Admission() { in_flight_.fetch_sub(1, std::memory_order_relaxed); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<std::size_t>& in_flight_;
  bool admitted_;
};

// Undoes Content-Encoding: gzip of the JSON protocols; `unpacked` keeps what `incoming.raw_body` then shows. The signature is over the
// bytes as they were sent.
std::optional<ServiceError> unpack_body(const Wanted& wanted, const net::RequestHead& head, std::size_t limit,
                                        std::string& unpacked, Incoming& incoming) {
  if (wanted.rest() || incoming.raw_body.empty()) return std::nullopt;
  const auto encoding = head.header("content-encoding");
  if (!encoding || !net::equals_ignore_case(*encoding, "gzip")) return std::nullopt;
  auto bytes = base::gunzip(incoming.raw_body, limit);
  if (!bytes && bytes.error() == base::GzipError::kTooLarge)
    return read_error(net::ReadError::kTooLarge, limit);
  if (!bytes) return serialization_error({});
  unpacked = std::move(*bytes);
  incoming.raw_body = unpacked;
  return std::nullopt;
}

// What a form asks for, and its input.
std::optional<ServiceError> parse_form_body(const Services& services, Wanted& wanted,
                                            const net::RequestHead& head, Incoming& incoming) {
  const auto fields = parse_form(head.method == "GET" ? head.query : incoming.raw_body);
  if (!fields) return plain_error("MalformedQueryString", 404, "The query string contains a syntax error");
  const std::string_view action = form_field(*fields, "Action"), version = form_field(*fields, "Version");
  if (action.empty())
    return plain_error("MissingAction", 400, "The request is missing an action or a required parameter");
  if (wanted.entry == &kNobody) {
    const ServiceEntry* entry = services.find_action(action, version);
    if (entry != nullptr) wanted.entry = entry;
  }
  const ServiceFacts& service = *wanted.entry->facts;
  wanted.protocols = services.protocols(*wanted.entry);
  if (wanted.protocols != nullptr && (version.empty() || version == wanted.protocols->api_version))
    wanted.facts = find_facts(service, action);
  if (wanted.facts == nullptr)
    return plain_error("InvalidAction", 400,
                       fmt::format("Could not find operation {} for version {}", action,
                                   version.empty() ? "NO_VERSION_SPECIFIED" : version));
  wanted.name = wanted.facts->name;
  wanted.row = find_row(*wanted.entry, wanted.name);
  const auto json =
      form_to_json(*wanted.protocols, find_shapes(service, *wanted.protocols, *wanted.facts), *fields);
  JsonParser& parser = thread_parser();
  if (!json || !parser.parse(*json)) return serialization_error("The request is malformed");
  incoming.body = parser.root();
  return std::nullopt;
}

std::optional<ServiceError> parse_cbor_body(const net::RequestHead& head, Incoming& incoming) {
  if (head.method != "POST") return plain_error("UnknownOperationException", 404);
  const auto json = incoming.raw_body.empty() ? "{}" : cbor_to_json(incoming.raw_body);
  JsonParser& parser = thread_parser();
  if (!json || !parser.parse(*json)) return serialization_error("The request is not valid CBOR");
  incoming.body = parser.root();
  return std::nullopt;
}

// The body as the protocol sees it. An error is what AWS says before it looks at the signature.
std::optional<ServiceError> parse_body(const Wanted& wanted, const net::RequestHead& head,
                                       Incoming& incoming) {
  if (wanted.json()) {
    if (head.method != "POST") return plain_error("UnknownOperationException", 404);
    if (incoming.raw_body.empty()) return std::nullopt;  // told after the signature, as AWS does
    if (!is_json_content_type(wanted.entry->facts->protocol, head.header("content-type").value_or("")))
      return plain_error("UnknownOperationException", 404);
  } else if (incoming.raw_body.empty() || wanted.facts == nullptr || wanted.facts->raw_request) {
    return std::nullopt;
  }
  JsonParser& parser = thread_parser();
  if (!parser.parse(incoming.raw_body)) return serialization_error({});
  incoming.body = parser.root();
  return std::nullopt;
}

std::optional<ServiceError> unknown_operation(const Wanted& wanted) {
  if (wanted.row != nullptr) return std::nullopt;
  if (wanted.facts == nullptr) return plain_error("UnknownOperationException", 400);
  return not_implemented(wanted.entry->facts->id, wanted.name);
}

}  // namespace

struct Dispatcher::State {
  State(DispatchParts p, DispatchOptions o)
      : parts(p), options(std::move(o)), ids(p.random), metrics(p.services, p.metrics) {}

  base::Task<> serve(net::Exchange& exchange, Wanted& wanted, Reply& reply);
  std::optional<ServiceError> parse(Wanted& wanted, const net::RequestHead& head, Incoming& incoming) const;
  std::optional<ServiceError> authenticate(const Wanted& wanted, const net::RequestHead& head,
                                           std::string_view body, Principal& principal) const;

  DispatchParts parts;
  DispatchOptions options;
  RequestIds ids;
  DispatchMetrics metrics;
  std::vector<RouteHook> hooks;
  std::atomic<std::size_t> in_flight{0};
};

Dispatcher::Dispatcher(DispatchParts parts, DispatchOptions options)
    : state_(std::make_unique<State>(parts, std::move(options))) {}
Dispatcher::~Dispatcher() = default;
void Dispatcher::add_route(RouteHook hook) {
  state_->hooks.push_back(std::move(hook));
}

std::optional<ServiceError> Dispatcher::State::authenticate(const Wanted& wanted,
                                                            const net::RequestHead& head,
                                                            std::string_view body,
                                                            Principal& principal) const {
  const ServiceFacts& service = *wanted.entry->facts;
  auto result = parts.authenticator.authenticate(AuthRequest{head, body, service.signing_name});
  if (!result) {
    ServiceError error = std::move(result.error());
    // The JSON protocols say 400.
    if (wanted.rest() || wanted.speech == Speech::kQuery) error.status = 403;
    return error;
  }
  principal = std::move(*result);
  return std::nullopt;
}

// The steps after routing. Their order is AWS's: what cannot be read is told first, then who may not ask, then what is wrong with it.
base::Task<> Dispatcher::State::serve(net::Exchange& exchange, Wanted& wanted, Reply& reply) {
  const net::RequestHead& head = exchange.head();
  // Admit: refusing early costs least, and a full server must stay able to say so.
  Admission admission(in_flight, options.max_in_flight);
  if (!admission.admitted()) {
    reply.fail(plain_error("ServiceUnavailable", 503, "Too many requests in flight"));
    co_return;
  }
  // Read, whole: the signature covers the body.
  const std::size_t limit =
      wanted.row != nullptr && wanted.row->body_limit > 0 ? wanted.row->body_limit : wanted.entry->body_limit;
  Incoming incoming;
  incoming.head = &head;
  auto body = co_await exchange.read_body(limit);
  if (!body) {
    reply.fail(read_error(body.error(), limit));
    co_return;
  }
  incoming.raw_body = *body;
  // Parse, then find out whether the operation exists; both precede the signature at AWS. No wait from here to the decoding in call().
  std::string unpacked;
  std::optional<ServiceError> error = unpack_body(wanted, head, limit, unpacked, incoming);
  if (!error) error = parse(wanted, head, incoming);
  if (wanted.protocols == nullptr) wanted.protocols = parts.services.protocols(*wanted.entry);
  reply.set_service(wanted.entry, wanted.protocols);
  if (!error) error = unknown_operation(wanted);
  // Verify the signature over the raw bytes.
  RequestContext context;
  if (!error) error = authenticate(wanted, head, *body, context.principal);
  if (!error && incoming.raw_body.empty() && wanted.json()) error = serialization_error({});
  if (error) {
    reply.fail(std::move(*error));
    co_return;
  }
  context.request_id = reply.request_id();
  context.service = wanted.entry->facts->id;
  context.operation = wanted.row->name;
  context.region = context.principal.region.empty() ? options.default_region : context.principal.region;
  context.now = parts.clock.now();
  context.head = &head;
  context.peer_address = exchange.peer_address();
  context.request_bytes = incoming.raw_body.size();
  incoming.labels = wanted.labels;
  if (!head.query.empty()) incoming.query = parse_query(head.query);
  // Decode, check, call, encode.
  if (wanted.row->streaming) {
    TrackedExchange tracked(exchange, reply.answered());
    HttpCall http{tracked, incoming.raw_body, reply.common_headers()};
    error = co_await wanted.row->call(wanted.entry->service, context, incoming, reply.outgoing(), &http);
  } else {
    error = co_await wanted.row->call(wanted.entry->service, context, incoming, reply.outgoing(), nullptr);
  }
  if (error) {
    reply.fail(std::move(*error));
  } else if (!wanted.row->streaming) {
    if (wanted.speech == Speech::kFirst) co_return;
    reply.encode(wanted.facts->name, find_shapes(*wanted.entry->facts, *wanted.protocols, *wanted.facts));
  }
}

std::optional<ServiceError> Dispatcher::State::parse(Wanted& wanted, const net::RequestHead& head,
                                                     Incoming& incoming) const {
  if (wanted.speech == Speech::kQuery) return parse_form_body(parts.services, wanted, head, incoming);
  if (wanted.speech == Speech::kCbor) return parse_cbor_body(head, incoming);
  return parse_body(wanted, head, incoming);
}

base::Task<> Dispatcher::handle(net::Exchange& exchange) {
  State& state = *state_;
  const net::RequestHead& head = exchange.head();
  // Extra routes first: they are cheap to recognise and are not API calls.
  for (const RouteHook& hook : state.hooks) {
    if (net::Handler handler = hook(head)) {
      co_await handler(exchange);
      co_return;
    }
  }
  const base::SteadyTime start = state.parts.clock.steady_now();
  Wanted wanted = find_operation(state.parts.services, head);
  Reply reply(wanted.entry, head, wanted.speech);
  if (wanted.entry == nullptr) {
    co_await reply.send_unknown(exchange);
    state.metrics.count_unknown();
    co_return;
  }
  // The id comes before anything that may fail, so that every answer and log line has one.
  reply.set_request_id(state.ids.make(*wanted.entry->facts));
  try {
    co_await state.serve(exchange, wanted, reply);
  } catch (const std::exception& bug) {
    // The one place where a bug becomes an answer; its details stay in the log.
    base::log(base::LogLevel::kError, "{}:{} {}: exception: {}", wanted.entry->facts->id, wanted.name,
              reply.request_id(), bug.what());
    reply.fail(internal_error());
  }
  if (reply.cut()) {
    exchange.abort();
  } else if (!*reply.answered()) {
    co_await reply.send(exchange);
  }
  // Count and log when the answer is out, so that the time is what the client saw.
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(state.parts.clock.steady_now() - start);
  if (wanted.entry == &kNobody) state.metrics.count_unknown();
  state.metrics.count(wanted.entry, wanted.row, reply.status(), took);
  if (base::log_enabled(base::LogLevel::kDebug)) {
    base::log(base::LogLevel::kDebug, "{}:{} {} {} {}us {}", wanted.entry->facts->id, wanted.name,
              reply.request_id(), reply.status(), took.count(), reply.error_code());
  }
}

}  // namespace millrace::wire
