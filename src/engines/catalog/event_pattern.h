// Event patterns, as FilterCriteria of event source mappings use them (and EventBridge rules): JSON that says which events
// pass. A pattern is compiled once and matched often. Immutable; a Matcher (which parses) belongs to one thread.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
//
// Within one object all fields must match; within one list any value may. Values: strings, numbers, true, false, null, and
// {"prefix"}, {"suffix"}, {"equals-ignore-case"}, {"anything-but"}, {"numeric"}, {"exists"}; "$or" holds a list of objects.
// A field of the event that is a list matches when one of its elements does.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::catalog {

struct PatternNode;

class EventPattern {
 public:
  // The error says what is wrong with the pattern, for a log or a message.
  static base::Result<EventPattern, std::string> compile(std::string_view json);

 private:
  friend class PatternMatcher;
  explicit EventPattern(std::shared_ptr<const PatternNode> root) : root_(std::move(root)) {}
  std::shared_ptr<const PatternNode> root_;
};

class PatternMatcher {
 public:
  // Events pass when one of the patterns matches, or when there is none.
  explicit PatternMatcher(std::vector<EventPattern> patterns);
  ~PatternMatcher();
  PatternMatcher(PatternMatcher&&) noexcept;

  bool passes_all() const { return patterns_.empty(); }
  // What is not JSON matches nothing.
  bool matches(std::string_view event);

 private:
  struct Parser;
  std::vector<EventPattern> patterns_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace millrace::catalog
