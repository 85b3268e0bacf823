// REST paths to operations (https://smithy.io/2.0/spec/http-bindings.html#http-trait). Built once, then read by any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/operation.h"

namespace millrace::wire {

class RouteTable {
 public:
  // `operation` must outlive the table.
  void add(std::size_t service, const OperationFacts& operation);
  // Puts the more particular routes first; call after the last add().
  void finish();

  struct Match {
    std::size_t service;
    const OperationFacts* operation;
    std::vector<std::pair<std::string_view, std::string>> labels;  // percent-decoded
  };
  // A trailing slash makes no difference. nullopt when there is no such route, or a label's escape is malformed.
  std::optional<Match> find(std::string_view method, std::string_view path, std::string_view query) const;

 private:
  struct Segment {
    std::string_view text;  // a literal, or the label's name
    bool label = false;
    bool greedy = false;
  };
  struct Route {
    std::size_t service;
    const OperationFacts* operation;
    std::vector<Segment> segments;
    std::vector<std::pair<std::string_view, std::string_view>> query;  // "?type=x" in the template
    std::size_t literals = 0;
    bool greedy = false;
  };
  static bool fits(const Route& route, const std::vector<std::string_view>& parts, std::string_view query);
  static std::optional<Match> bind(const Route& route, const std::vector<std::string_view>& parts);

  std::vector<Route> routes_;
};

// "a=1&b" decoded: names and values, '+' as a space.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace millrace::wire
