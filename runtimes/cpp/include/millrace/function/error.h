// How a handler says that it failed: it throws. An Error carries the type that callers see; of any other exception the type is its
// C++ name, and its text the message.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::function {

class Error : public std::runtime_error {
 public:
  Error(std::string type, const std::string& message) : std::runtime_error(message), type_(std::move(type)) {}
  const std::string& type() const { return type_; }

 private:
  std::string type_;
};

// An error as the Runtime API takes it.
struct ErrorReport {
  std::string type;
  std::string message;
  std::vector<std::string> trace;  // lines

  std::string to_json() const;  // {"errorType","errorMessage","stackTrace"}
};

// What the exception under way says. Call in a catch block.
ErrorReport describe_current_exception();

}  // namespace millrace::function
