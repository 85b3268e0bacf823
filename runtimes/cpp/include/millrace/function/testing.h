// Calls a handler without any server: for the unit tests of a function.
//
//   const auto reply = harness::call(handler(), Json{{"name", "Ada"}});
//   EXPECT_EQ(reply.json(), ...);
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/function/handler.h"

namespace millrace::function::harness {

struct Reply {
  std::string body;                 // all of it, without the HTTP head of a streamed answer
  std::vector<std::string> chunks;  // of a streamed answer: one per write
  std::string content_type;
  std::optional<HttpHead> head;  // of a streamed answer that has one
  bool streamed = false;
  std::optional<ErrorReport> error;

  Json json() const { return Json::parse(body); }
};

struct CallOptions {
  std::chrono::milliseconds remaining{3000};
  std::string request_id = "00000000-0000-4000-8000-000000000000";
  std::string client_context;
  // The receiver takes so many writes, then goes.
  std::size_t receiver_takes = std::numeric_limits<std::size_t>::max();
};

// The event as the bytes that would come.
Reply call_text(const Handler& handler, std::string_view event, const CallOptions& options = {});
Reply call(const Handler& handler, const Json& event, const CallOptions& options = {});

}  // namespace millrace::function::harness
