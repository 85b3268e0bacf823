// Dispatch: the one path of every AWS API request, as a net::Handler. The steps, in order (dispatch.cc says
// why):
//   request id, extra routes, find the operation, admit, read, verify signature, decode + check + call +
//   encode, reply, count, log.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task.h"
#include "net/http.h"
#include "wire/principal.h"
#include "wire/services.h"

namespace millrace::wire {

// Requests that are no AWS API calls: health, metrics, function URLs, the console. Asked in the order they
// were added, before routing. Returns a handler when the request is its own, an empty one otherwise. Called
// on every request: decide by host or path prefix, fast.
using RouteHook = std::function<net::Handler(const net::RequestHead&)>;

struct DispatchOptions {
  std::size_t max_in_flight =
      1024;  // requests between their head and their answer; more are answered 503 at once
  std::string default_region = "us-east-1";
};

// What dispatch needs of the world; all must outlive it.
struct DispatchParts {
  const Services& services;
  const Authenticator& authenticator;
  const base::Clock& clock;
  base::Random& random;
  base::Registry& metrics;
};

class Dispatcher {
 public:
  Dispatcher(DispatchParts parts, DispatchOptions options);
  ~Dispatcher();
  // Before the first request only.
  void add_route(RouteHook hook);
  // Any io_context thread; waits for the request's body and its handler. Never throws.
  base::Task<> handle(net::Exchange& exchange);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::wire
