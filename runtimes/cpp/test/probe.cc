// What test/conformance/lambda_cpp.test.mjs deploys: a function that does as its event says. PROBE=stream makes it a streaming one,
// PROBE=init one that cannot start.
#include <arpa/inet.h>
#include <cstdlib>
#include <iostream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "millrace/function.h"

namespace {

using namespace millrace::function;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void misbehave(const Json& event) {
  if (event.contains("print")) std::cout << event["print"].get<std::string>() << '\n';
  if (event.contains("throw")) throw Error("Mine", event["throw"].get<std::string>());
  if (event.contains("exit")) std::exit(event["exit"].get<int>());
  if (event.contains("abort")) std::abort();
}

Json answer(const Json& event, const Context& context) {
  misbehave(event);
  if (event.contains("large")) return std::string(event["large"].get<std::size_t>(), 'x');
  return {{"event", event},
          {"function", context.function_name},
          {"memory", context.memory_limit_mb},
          {"arn", context.invoked_function_arn},
          {"client", context.client_context},
          {"remaining", context.remaining().count()},
          {"initialization", variable("AWS_LAMBDA_INITIALIZATION_TYPE")}};
}

// Waits until the test, which listens there, says a byte: so it can look at what has come before the rest is written.
void wait_at_gate(int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte = 0;
  const bool told =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && ::recv(fd, &byte, 1, 0) == 1;
  ::close(fd);
  if (!told) throw Error("NoGate", "nobody opened the gate");
}

void answer_http(const HttpRequest& request, ResponseStream& out) {
  out.begin_http({202, {{"content-type", "text/plain"}, {"x-method", request.method}}, {"seen=yes"}});
  out.write("body: " + request.body);
  if (const auto gate = request.query.find("gate"); gate != request.query.end()) {
    wait_at_gate(std::stoi(gate->second));
    out.write(", and the rest");
  }
  if (request.query.contains("fail")) throw Error("Broken", "in the middle");
}

void pieces(const Json& event, const Context&, ResponseStream& out) {
  if (event.contains("requestContext")) return answer_http(event.get<HttpRequest>(), out);
  out.set_content_type("text/plain");
  misbehave(event);
  const std::string piece(event.value("size", std::size_t{1}), 'x');
  for (std::size_t i = event.value("count", std::size_t{0}); i > 0; --i)
    out.write(piece);
  for (const Json& text : event.value("write", Json::array())) {
    out.write(text.get<std::string>());
    if (event.contains("gate")) wait_at_gate(event["gate"].get<int>());
  }
  if (event.contains("break")) throw Error("Broken", event["break"].get<std::string>());
}

}  // namespace

int main() {
  return run([]() -> Handler {
    if (variable("PROBE") == "init") throw Error("NotConfigured", "the probe was told so");
    if (variable("PROBE") == "stream") return streaming(pieces);
    return buffered(answer);
  });
}
