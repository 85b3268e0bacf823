// One operation, one file, one line in one table. A service lists what it implements; everything else about
// an operation is generated from model/<service>.json.
//
//   // src/services/dynamodb/put_item.h
//   base::Task<base::Result<PutItemOutput, wire::ServiceError>> put_item(DynamoDb& service, const
//   wire::RequestContext& context,
//                                                                        PutItemInput input);
//   // src/services/dynamodb/operations.cc
//   #include "shapes/dynamodb/put_item.h"            // PutItemInput, PutItemOutput, op::PutItem
//   #include "shapes/dynamodb/service.h"             // kService: the facts of the API
//   constexpr auto kOperations = wire::operation_table(
//       wire::operation<op::GetItem, get_item>,
//       wire::operation<op::PutItem, put_item>);
//   wire::ServiceEntry operations(DynamoDb& service) { return wire::bind(kService, kOperations, service); }
//
// A duplicate line, or a handler of the wrong signature, does not compile. The generator reads operations.cc
// and makes codecs for exactly the operations named there (`op::Name`); structs are made for every operation
// of the model.
//
// A streaming operation's handler has a fourth parameter and answers by itself (HttpCall below):
//   base::Task<base::Result<void, wire::ServiceError>> invoke(Lambda& service, const wire::RequestContext&
//   context,
//                                                             InvokeInput input, wire::HttpCall& http);
//
// What is generated, in build/<preset>/generated/shapes/<service>/ (for the service `dynamodb`, namespace
// millrace::dynamodb):
//   put_item.h (includes types.h, where shapes used by several operations stand):
//     struct PutItemInput {
//       std::string table_name;                                       // required: there once the checks
//       passed table::Map item;                                              // AttributeValue maps are the
//       engine's own std::optional<std::string> return_values;                     // enums stay text,
//       already checked std::optional<std::map<std::string, ExpectedAttributeValue, std::less<>>> expected;
//       std::optional<std::map<std::string, std::string, std::less<>>> expression_attribute_names;
//       ...
//       std::vector<wire::ValueError> value_errors;                   // see decode.h; only where
//       AttributeValues are reachable std::uint32_t absent = 0;                                     // bit
//       per required member that was not sent (for the checks)
//     };
//     struct PutItemOutput { std::optional<wire::RawJson> attributes; ... };
//     namespace op { struct PutItem { using Input = PutItemInput; using Output = PutItemOutput; ... }; }
//   Types: string std::string; integer std::int32_t; long std::int64_t; float/double double; boolean bool;
//   blob std::string (bytes);
//     timestamp base::WallTime; list std::vector<T>; map std::map<std::string, T, std::less<>>; document
//     (free JSON) wire::RawJson. Members that are not required are std::optional of these. A member whose
//     shape contains itself is wire::Box<T>.
//   Answers: a map of AttributeValue in a shape that only answers use is wire::RawJson, a list of such maps
//   is wire::RawJsonList: ready JSON,
//     so that stored bytes are returned without decoding. Union shapes are structs of optionals.
//   errors.h: one function per error of the model, with its code, status, fault and message key:
//     wire::ServiceError resource_not_found_exception(std::string message);
//     and for errors with members beside the message, one that takes them:
//     struct ConditionalCheckFailedException { std::string message; std::optional<wire::RawJson> item; };
//     wire::ServiceError to_error(const ConditionalCheckFailedException& error);
//   enums.h: constants, e.g. return_value::kAllOld ("ALL_OLD").
//
// AttributeValues are decoded and encoded by src/services/dynamodb/attribute_codec.h, written by hand,
// namespace millrace::dynamodb:
//   bool decode_attribute(const wire::Json& json, wire::Place place, table::Value& out, wire::DecodeErrors&
//   errors); bool decode_attribute_map(const wire::Json& json, table::Map& out, wire::DecodeErrors& errors);
//   // {"name": {"S": ..}, ..} void encode_attribute(const table::Value& value, std::string& out); // appends
//   {"S":".."} void encode_attribute_map(const table::Map& map, std::string& out); decode_*: a wrong JSON
//   type is `return errors.fail("NUMBER_VALUE cannot be converted to String")`; a value DynamoDB refuses
//   later (empty, two types, bad number, empty set) is `errors.invalid_value("...")`, then go on and return
//   true.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "net/http.h"
#include "wire/context.h"
#include "wire/decode.h"
#include "wire/error.h"
#include "wire/json_value.h"

namespace millrace::wire {

enum class Protocol { kJson10, kJson11, kRestJson };

// From the model; static.
struct OperationFacts {
  std::string_view name;      // "PutItem"
  std::string_view method;    // "POST"
  std::string_view uri;       // REST: "/2015-03-31/functions/{FunctionName}/invocations"; else "/"
  bool raw_request = false;   // the body is a blob, not JSON
  bool event_stream = false;  // the answer is an event stream
};

struct ServiceFacts {
  std::string_view id;            // "dynamodb": folder, in-process name, metric label
  std::string_view signing_name;  // credential scope: "dynamodb"
  Protocol protocol;
  std::string_view target_prefix;  // "DynamoDB_20120810"; empty for REST
  std::string_view error_space;    // "com.amazonaws.dynamodb.v20120810"; empty: __type is the bare code
  std::span<const OperationFacts> operations;  // the whole model, sorted by name
};

// A request as the generated decoders see it.
struct Incoming {
  Json body;  // kAbsent without a body, or when the body is a blob
  std::string_view raw_body;
  const net::RequestHead* head = nullptr;  // null in-process: then every member is looked for in `body`
  // Percent-decoded, in the order of the URI template; greedy labels keep their slashes.
  std::vector<std::pair<std::string_view, std::string>> labels;
  std::vector<std::pair<std::string, std::string>> query;
};

// An answer as the generated encoders leave it.
struct Outgoing {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool in_process = false;  // the whole output as JSON, HTTP bindings or not
  bool raw_body = false;    // a blob payload: content type octet-stream unless a header says otherwise
};

// A streaming operation's hold on HTTP. The handler either answers on `exchange` (send, or
// begin/write/finish, adding `headers`) and returns success, or returns an error before anything was sent.
struct HttpCall {
  net::Exchange& exchange;
  std::string_view body;  // read within the service's limit, signature checked
  std::vector<std::pair<std::string, std::string>>
      headers;  // x-amzn-RequestId and kin, to be part of the answer
};

// Type-erased row. `call` decodes, checks, runs the handler and encodes; nullopt means `outgoing` holds the
// answer (or that it was already sent, for a streaming row).
struct OperationRow {
  using Call = base::Task<std::optional<ServiceError>> (*)(void* service, const RequestContext& context,
                                                           const Incoming& incoming, Outgoing& outgoing,
                                                           HttpCall* http);
  std::string_view name;
  bool streaming = false;
  Call call = nullptr;
  std::size_t body_limit = 0;  // 0: the service's
};

template <class Service>
struct TypedRow : OperationRow {
  // wire::operation<op::Invoke, invoke>.with_body_limit(6u << 20)
  consteval TypedRow with_body_limit(std::size_t bytes) const {
    TypedRow row = *this;
    row.body_limit = bytes;
    return row;
  }
};

namespace detail {
template <class Handler>
struct HandlerTraits;
template <class S, class I, class O>
struct HandlerTraits<base::Task<base::Result<O, ServiceError>> (*)(S&, const RequestContext&, I)> {
  using Service = S;
  using Input = I;
  using Output = O;
  static constexpr bool kStreaming = false;
};
template <class S, class I>
struct HandlerTraits<base::Task<base::Result<void, ServiceError>> (*)(S&, const RequestContext&, I,
                                                                      HttpCall&)> {
  using Service = S;
  using Input = I;
  using Output = void;
  static constexpr bool kStreaming = true;
};
template <class Op, auto handler>
base::Task<std::optional<ServiceError>> call(void* service, const RequestContext& context,
                                             const Incoming& incoming, Outgoing& outgoing, HttpCall* http);
}  // namespace detail

template <class Op, auto handler>
concept HandlerOf =
    requires { typename detail::HandlerTraits<decltype(handler)>::Service; } &&
    std::same_as<typename detail::HandlerTraits<decltype(handler)>::Input, typename Op::Input> &&
    (detail::HandlerTraits<decltype(handler)>::kStreaming ||
     std::same_as<typename detail::HandlerTraits<decltype(handler)>::Output, typename Op::Output>);

template <class Op, auto handler>
  requires HandlerOf<Op, handler>
inline constexpr TypedRow<typename detail::HandlerTraits<decltype(handler)>::Service> operation{
    {Op::kName, detail::HandlerTraits<decltype(handler)>::kStreaming, &detail::call<Op, handler>}};

template <class Service, std::size_t N>
struct OperationTable {
  std::array<OperationRow, N> rows;  // sorted by name
};

template <class Service, class... More>
  requires(std::same_as<TypedRow<Service>, More> && ...)
consteval OperationTable<Service, 1 + sizeof...(More)> operation_table(const TypedRow<Service>& first,
                                                                       const More&... more) {
  OperationTable<Service, 1 + sizeof...(More)> table{{first, more...}};
  std::sort(table.rows.begin(), table.rows.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(table.rows.begin(), table.rows.end(),
                                        [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != table.rows.end()) throw "an operation stands twice in the table";
  return table;
}

// A service with its table, as the server composes it (services.h). The service and the table must outlive
// it.
struct ServiceEntry {
  const ServiceFacts* facts = nullptr;
  void* service = nullptr;
  std::span<const OperationRow> rows;
  std::size_t body_limit = 6u << 20;  // bytes of a request's body; more is the protocol's "too large" error
};

template <class Service, std::size_t N>
ServiceEntry bind(const ServiceFacts& facts, const OperationTable<Service, N>& table, Service& service) {
  return {&facts, &service, table.rows};
}

template <class Op, auto handler>
base::Task<std::optional<ServiceError>> detail::call(void* service, const RequestContext& context,
                                                     const Incoming& incoming, Outgoing& outgoing,
                                                     HttpCall* http) {
  using Traits = HandlerTraits<decltype(handler)>;
  typename Op::Input input;
  if (std::optional<ServiceError> error = Op::read(incoming, input)) co_return error;
  auto& typed = *static_cast<typename Traits::Service*>(service);
  if constexpr (Traits::kStreaming) {
    auto result = co_await handler(typed, context, std::move(input), *http);
    if (!result) co_return std::move(result.error());
  } else {
    auto result = co_await handler(typed, context, std::move(input));
    if (!result) co_return std::move(result.error());
    Op::write(*result, outgoing);
  }
  co_return std::nullopt;
}

}  // namespace millrace::wire
