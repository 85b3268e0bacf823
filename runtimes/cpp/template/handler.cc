#include "handler.h"

using namespace millrace::function;

Handler make_handler() {
  return buffered([](const Json& event, const Context& context) -> Json {
    if (!event.contains("name")) throw Error("BadRequest", "who is it?");
    return {{"greeting", "Hello, " + event["name"].get<std::string>()}, {"request", context.request_id}};
  });
}
