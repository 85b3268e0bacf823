#include "wire/reply.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/gzip.h"
#include "wire/cbor.h"
#include "wire/protocol.h"
#include "wire/xml.h"

namespace millrace::wire {
namespace {

// Pages served from this machine (the console, a developer's own) may read answers; any other site may not, because a server that
// believes all credentials must not be open to whatever page a browser happens to show.
bool is_local_origin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    std::string_view host = origin.substr(scheme.size());
    if (host.starts_with("[::1]"))
      host = host.substr(0, 5);
    else
      host = host.substr(0, host.find(':'));
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  }
  return false;
}

// Smaller answers fit one packet anyway.
constexpr std::size_t kWorthPacking = 1024;

bool has_header(const net::ResponseHead& head, std::string_view name) {
  return std::any_of(head.headers.begin(), head.headers.end(),
                     [&](const auto& h) { return net::equals_ignore_case(h.first, name); });
}

}  // namespace

void Reply::fail(ServiceError error) {
  failed_ = true;
  error_code_ = error.code;
  if (answered_) return;
  outgoing_ = Outgoing{};
  outgoing_.status = error.status;
  const ServiceFacts& service = *entry_->facts;
  if (speech_ == Speech::kQuery) {
    static constexpr ProtocolFacts kNone{};
    outgoing_.body = xml_error(protocols_ != nullptr ? *protocols_ : kNone, error, request_id_);
    return;
  }
  if (protocols_ != nullptr && protocols_->query_compatible)
    outgoing_.headers.emplace_back("x-amzn-query-error", query_error_header(*protocols_, error));
  if (speech_ == Speech::kCbor) {
    outgoing_.body = json_to_cbor(error_body(service, error));
    return;
  }
  const bool rest = service.protocol == Protocol::kRestJson;
  if (rest) outgoing_.headers.emplace_back("x-amzn-ErrorType", error.code);
  if (!error.retry_after.empty()) outgoing_.headers.emplace_back("Retry-After", error.retry_after);
  if (!rest && error.status == 413) return;  // DynamoDB says no more than that
  if (!rest && error.status == 404 && error.code == "UnknownOperationException") {
    outgoing_.body = "<UnknownOperationException/>\n";  // to a client that does not speak JSON
    outgoing_.headers.emplace_back("Content-Type", "text/xml");
    return;
  }
  outgoing_.body = error_body(service, error);
}

void Reply::encode(std::string_view operation, const OperationShapes& shapes) {
  if (speech_ == Speech::kQuery)
    outgoing_.body = xml_answer({*protocols_, operation, shapes, request_id_}, outgoing_.body);
  if (speech_ == Speech::kCbor) outgoing_.body = json_to_cbor(*protocols_, shapes, outgoing_.body);
}

std::vector<std::pair<std::string, std::string>> Reply::common_headers() const {
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(8);
  if (!request_id_.empty()) out.emplace_back("x-amzn-RequestId", request_id_);
  if (speech_ == Speech::kCbor) out.emplace_back("smithy-protocol", "rpc-v2-cbor");
  if (const auto origin = head_.header("origin"); origin && is_local_origin(*origin)) {
    out.emplace_back("Access-Control-Allow-Origin", *origin);
    out.emplace_back("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amz-crc32");
    out.emplace_back("Vary", "Origin");
  }
  return out;
}

net::ResponseHead Reply::make_head() {
  const ServiceFacts& service = *entry_->facts;
  net::ResponseHead head;
  head.status = outgoing_.status;
  head.headers = common_headers();
  for (auto& field : outgoing_.headers)
    head.headers.push_back(std::move(field));
  if (!outgoing_.body.empty() && !has_header(head, "content-type")) {
    std::string_view type =
        response_content_type(service.protocol, head_.header("content-type").value_or(""));
    if (outgoing_.raw_body) type = "application/octet-stream";
    if (speech_ == Speech::kQuery) type = "text/xml";
    if (speech_ == Speech::kCbor) type = "application/cbor";
    head.headers.emplace_back("Content-Type", type);
  }
  if (service.protocol != Protocol::kRestJson && outgoing_.body.size() >= kWorthPacking &&
      accepts_gzip(head_.header("accept-encoding").value_or(""))) {
    outgoing_.body = base::gzip(outgoing_.body);
    head.headers.emplace_back("Content-Encoding", "gzip");
  }
  // Of the bytes as they are sent, packed ones included.
  if (service.signing_name == "dynamodb") {
    head.headers.emplace_back("x-amz-crc32", std::to_string(base::crc32(outgoing_.body)));
  }
  return head;
}

base::Task<> Reply::send(net::Exchange& exchange) {
  net::ResponseHead head = make_head();
  answered_ = true;
  // A client that went away is no error here; net closes the connection.
  static_cast<void>(co_await exchange.send(std::move(head), outgoing_.body));
}

base::Task<> Reply::send_unknown(net::Exchange& exchange) {
  net::ResponseHead head;
  head.headers = common_headers();
  std::string_view body;
  if (head_.method == "OPTIONS" && !head.headers.empty()) {
    head.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD");
    head.headers.emplace_back("Access-Control-Allow-Headers",
                              head_.header("access-control-request-headers").value_or("*"));
    head.headers.emplace_back("Access-Control-Max-Age", "172800");
  } else if (head_.header("authorization")) {
    head.status = 403;
    head.headers.emplace_back("Content-Type", "application/json");
    head.headers.emplace_back("x-amzn-ErrorType", "AccessDeniedException");
    body = R"({"Message":"Unable to determine service/operation name to be authorized"})";
  } else {
    head.status = 404;
    head.headers.emplace_back("Content-Type", "text/xml");
    body = "<UnknownOperationException/>\n";
  }
  outgoing_.status = head.status;
  answered_ = true;
  static_cast<void>(co_await exchange.send(std::move(head), body));
}

}  // namespace millrace::wire
