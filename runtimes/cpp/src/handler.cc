#include "millrace/function/handler.h"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

namespace millrace::function {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string readable_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : type.name();
}

}  // namespace

Context context_of_process() {
  Context context;
  context.function_name = variable("AWS_LAMBDA_FUNCTION_NAME");
  context.function_version = variable("AWS_LAMBDA_FUNCTION_VERSION");
  context.log_group = variable("AWS_LAMBDA_LOG_GROUP_NAME");
  context.log_stream = variable("AWS_LAMBDA_LOG_STREAM_NAME");
  context.memory_limit_mb = std::atoi(variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").c_str());
  return context;
}

std::string ErrorReport::to_json() const {
  const Json document{{"errorType", type}, {"errorMessage", message}, {"stackTrace", trace}};
  return document.dump(-1, ' ', false,
                       Json::error_handler_t::replace);  // whatever bytes an exception carries
}

ErrorReport describe_current_exception() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.type(), error.what(), {}};
  } catch (const std::exception& error) {
    return {readable_name(typeid(error)), error.what(), {}};
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return {type == nullptr ? "Unknown" : readable_name(*type),
            "the handler threw something that is no std::exception",
            {}};
  }
}

namespace detail {

Json parse_event(std::string_view payload) {
  try {
    return Json::parse(payload);
  } catch (const Json::exception& why) {
    refuse_event(why);
  }
}

void refuse_event(const std::exception& why) {
  throw Error("Runtime.UnmarshalError",
              std::string("the event is not what the handler takes: ") + why.what());
}

}  // namespace detail
}  // namespace millrace::function
