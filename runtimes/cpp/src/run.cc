#include "millrace/function/run.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "run_with.h"
#include "runtime_client.h"

namespace millrace::function {
namespace {

void answer_streaming(RuntimeClient& client, const Handler& handler, const Event& event) {
  const std::string& id = event.context.request_id;
  StreamedAnswer answer(client.connection(), id);
  ResponseStream out(answer);
  try {
    handler.stream(event.payload, event.context, out);
  } catch (const ReceiverGone&) {
    client.connection().close();
    return;
  } catch (const ConnectionLost&) {
    throw;
  } catch (...) {
    const ErrorReport error = describe_current_exception();
    return out.begun() ? answer.fail(error) : client.report(id, error);
  }
  if (!out.begun()) answer.begin("application/octet-stream");
  answer.end();
}

void answer_buffered(RuntimeClient& client, const Handler& handler, const Event& event) {
  const std::string& id = event.context.request_id;
  std::string body;
  try {
    body = handler.answer(event.payload, event.context);
  } catch (...) {
    return client.report(id, describe_current_exception());
  }
  client.respond(id, body);
}

std::optional<Handler> initialize(RuntimeClient& client, const std::function<Handler()>& init) {
  try {
    return init();
  } catch (...) {
    client.report_init(describe_current_exception());
    return std::nullopt;
  }
}

// What a handler prints shall be in the log before its answer is with the caller.
void flush_output() {
  std::cout.flush();
  std::fflush(stdout);
}

}  // namespace

int run_with(const std::string& address, const std::function<Handler()>& init) {
  RuntimeClient client(address);
  try {
    const std::optional<Handler> handler = initialize(client, init);
    flush_output();
    if (!handler) return 1;
    for (;;) {
      const Event event = client.next();
      // For SDKs that trace; https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html asks for it.
      ::setenv("_X_AMZN_TRACE_ID", event.context.trace_id.c_str(), 1);
      if (handler->streams()) {
        answer_streaming(client, *handler, event);
      } else {
        answer_buffered(client, *handler, event);
      }
      flush_output();
    }
  } catch (const ConnectionLost& lost) {
    std::cerr << lost.what() << '\n';
    return 1;
  }
}

int run(const std::function<Handler()>& init) {
  const char* address = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (address == nullptr) {
    std::cerr << "This program is a function: it is started where AWS_LAMBDA_RUNTIME_API says whom to ask "
                 "for events.\n";
    return 1;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a pipe to the log is not to wait for 4 KiB
  return run_with(address, init);
}

int run(const Handler& handler) {
  return run([&handler] { return handler; });
}

}  // namespace millrace::function
