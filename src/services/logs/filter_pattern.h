// Filter patterns of CloudWatch Logs, as FilterLogEvents and live tail take them:
//   ERROR "exact phrase" -excluded          all of them, and not the excluded one
//   ?ERROR ?WARN                             any of them (beside other terms, optional ones count for nothing)
//   { $.level = "ERROR" && $.n > 3 }         the message is JSON: selectors, = != < > <= >=, * in texts, IS NULL, IS TRUE,
//                                            IS FALSE, NOT EXISTS, && || ( )
//   [time, level=ERROR || level=WARN, ...]   words of the message, in order; "..." and [...] are one word
//   %time(d)? out% and { $.ip = %10\.0\..*% }  regular expressions (RE2's), in place of a term or a text
// Text is case sensitive; a term is found anywhere in the message.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
//
// A pattern is immutable and may be shared; a matcher (which parses messages) belongs to one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/json_value.h"

namespace re2 {
class RE2;
}

namespace millrace::logs {

struct FilterNode;  // filter_node.h

// A text, or an expression.
struct FilterTerm {
  std::string text;
  std::shared_ptr<const re2::RE2> regex;
};
struct FilterTerms {
  std::vector<FilterTerm> required, optional, excluded;
};
// One word of a space-delimited pattern; no condition: any word will do.
struct FilterWord {
  std::string name;
  std::shared_ptr<const FilterNode> condition;
};

class FilterPattern {
 public:
  // The empty pattern passes everything. The error says what is wrong, for a person.
  static base::Result<FilterPattern, std::string> parse(std::string_view text);

 private:
  friend class FilterMatcher;
  friend class FilterParser;
  enum class Kind { kTerms, kJson, kWords };
  Kind kind_ = Kind::kTerms;
  FilterTerms terms_;
  std::shared_ptr<const FilterNode> json_;
  std::vector<FilterWord> before_, after_;  // the words before and after `...`
  bool gap_ = false;                        // there is a `...`
};

class FilterMatcher {
 public:
  explicit FilterMatcher(FilterPattern pattern) : pattern_(std::move(pattern)) {}
  bool matches(std::string_view message);

  // Of a message that matches: "$.field.of[0]" of JSON, or "$word" of a space-delimited pattern. nullopt: there is no such.
  std::optional<std::string> value(std::string_view message, std::string_view selector);
  // What the pattern names, by how it names it: fields of its conditions, or its words.
  std::map<std::string, std::string, std::less<>> values(std::string_view message);

 private:
  std::vector<std::pair<std::string, std::string_view>> named_words(std::string_view message) const;
  bool matches_terms(std::string_view message) const;
  bool matches_words(std::string_view message) const;
  FilterPattern pattern_;
  wire::JsonParser parser_;
};

}  // namespace millrace::logs
