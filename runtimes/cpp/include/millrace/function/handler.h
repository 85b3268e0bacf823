// A handler: from an event to one answer (buffered), or to an answer written piece by piece (streaming).
//
//   buffered([](const Json& event, const Context& context) -> Json { return {{"sum", event["a"].get<int>() + 1}}; })
//   buffered<DynamoDbEvent>([](const DynamoDbEvent& event, const Context&) { ... })
//   streaming<HttpRequest>([](const HttpRequest& request, const Context&, ResponseStream& out) { out.write("..."); })
//
// The event is Json, std::string_view (the bytes as they came), or any type that nlohmann/json can read. The answer is anything it
// can write (a std::string is a JSON string), RawJson, or nothing, which is null.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "millrace/function/context.h"
#include "millrace/function/error.h"
#include "millrace/function/json.h"
#include "millrace/function/response_stream.h"

namespace millrace::function {

// An answer that is JSON text already.
struct RawJson {
  std::string text;
};

class Handler {
 public:
  using Buffered = std::function<std::string(std::string_view event, const Context& context)>;
  using Streaming = std::function<void(std::string_view event, const Context& context, ResponseStream& out)>;

  explicit Handler(Buffered handler) : buffered_(std::move(handler)) {}
  explicit Handler(Streaming handler) : streaming_(std::move(handler)) {}

  bool streams() const { return static_cast<bool>(streaming_); }
  std::string answer(std::string_view event, const Context& context) const {
    return buffered_(event, context);
  }
  void stream(std::string_view event, const Context& context, ResponseStream& out) const {
    streaming_(event, context, out);
  }

 private:
  Buffered buffered_;
  Streaming streaming_;
};

namespace detail {

Json parse_event(std::string_view payload);  // Error "Runtime.UnmarshalError"
[[noreturn]] void refuse_event(const std::exception& why);

template <class Event>
Event read_event(std::string_view payload) {
  if constexpr (std::is_same_v<Event, std::string_view>) {
    return payload;
  } else if constexpr (std::is_same_v<Event, Json>) {
    return parse_event(payload);
  } else {
    const Json json = parse_event(payload);
    try {
      return json.get<Event>();
    } catch (const Json::exception& why) {
      refuse_event(why);
    }
  }
}

template <class T>
std::string write_answer(const T& value) {
  if constexpr (std::is_same_v<T, RawJson>) {
    return value.text;
  } else {
    return Json(value).dump();
  }
}

}  // namespace detail

template <class Event = Json, class Function>
Handler buffered(Function function) {
  return Handler(Handler::Buffered(
      [function = std::move(function)](std::string_view payload, const Context& context) mutable {
        const Event event = detail::read_event<Event>(payload);
        if constexpr (std::is_void_v<decltype(function(event, context))>) {
          function(event, context);
          return std::string("null");
        } else {
          return detail::write_answer(function(event, context));
        }
      }));
}

template <class Event = Json, class Function>
Handler streaming(Function function) {
  return Handler(
      Handler::Streaming([function = std::move(function)](std::string_view payload, const Context& context,
                                                          ResponseStream& out) mutable {
        const Event event = detail::read_event<Event>(payload);
        function(event, context, out);
      }));
}

}  // namespace millrace::function
