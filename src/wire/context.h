// What a handler knows about its request besides the input. Lives until the handler's task completes.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"
#include "wire/principal.h"

namespace millrace::wire {

struct RequestContext {
  std::string request_id;
  std::string_view service;    // "dynamodb"
  std::string_view operation;  // "PutItem"
  Principal principal;
  std::string region;                      // where the request is at home: the principal's
  base::WallTime now;                      // taken once, when the request was read
  const net::RequestHead* head = nullptr;  // null for an in-process call
  std::string_view peer_address;
  std::size_t request_bytes = 0;

  const std::string& account() const { return principal.account; }
};

}  // namespace millrace::wire
