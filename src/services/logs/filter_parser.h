// The grammar of filter patterns. Internal to filter_pattern; one use per parser.
#pragma once

#include "services/logs/filter_node.h"
#include "services/logs/filter_pattern.h"

namespace millrace::logs {

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}
  base::Result<FilterPattern, std::string> parse();

 private:
  bool terms(FilterPattern& out);
  bool json(FilterPattern& out);
  bool words(FilterPattern& out);
  bool word(FilterPattern& out);

  bool either(FilterNode& out, int depth);
  bool both(FilterNode& out, int depth);
  bool one(FilterNode& out, int depth);
  bool comparison(FilterNode& out);
  bool selector(std::vector<FilterStep>& out);
  bool step(std::vector<FilterStep>& out);
  bool bracket(FilterStep& out);
  bool operation(FilterNode& out);
  bool keyword_test(FilterNode& out);
  bool value(FilterNode& out);

  bool fail(std::string why);
  void skip_space();
  bool take(std::string_view token);
  bool keyword(std::string_view word);
  std::string name();
  bool quoted(std::string& out);
  bool regex(std::shared_ptr<const re2::RE2>& out);
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_words_ = false;
  std::string why_;
};

}  // namespace millrace::logs
