// Constraint violations, collected and told as AWS tells them:
//   "2 validation errors detected: Value 'a;' at 'indexName' failed to satisfy constraint: Member must ...; Value null at ..."
// Checks cost nothing but comparisons while a value is in order: paths and texts are built on a violation only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/error.h"
#include "wire/pattern.h"

namespace millrace::wire {

// Where a checked value stands: a chain on the stack, outermost last. Elements: index from 1, or a map's key.
struct Path {
  const Path* parent = nullptr;
  std::string_view member;
  std::size_t index = 0;
  const std::string* key = nullptr;

  void append(std::string& out) const;
};

struct StringFacts {
  std::int64_t min = -1, max = -1;  // in characters; -1: no limit
  const Pattern* pattern = nullptr;
  std::span<const std::string_view> values;  // of an enum; empty: any
  bool sensitive = false;                    // the value is not repeated in the text
};
struct NumberFacts {
  std::optional<double> min, max;
  std::string_view min_text, max_text;
};
struct SizeFacts {
  std::int64_t min = -1, max = -1;
  bool holds(std::size_t n) const {
    return (min < 0 || n >= static_cast<std::size_t>(min)) && (max < 0 || n <= static_cast<std::size_t>(max));
  }
};

class Violations {
 public:
  bool any() const { return !texts_.empty() || !bare_.empty(); }
  // `value` as AWS shows it: quoted by this function; kNull says null; left out when sensitive.
  static constexpr std::string_view kNull{"\0null", 5};
  void add(const Path& at, std::string_view value, std::string_view constraint, bool show_value = true);
  void missing(const Path* parent, std::string_view member) {
    add(Path{parent, member}, kNull, "Member must not be null");
  }
  // `bare`: too many is told by itself (add_bare), too few among the others.
  void size(const Path& at, std::size_t size, const SizeFacts& facts, const std::string& rendered,
            bool bare = false);

  // Members AWS checks by themselves, after all others, and shows without their value: "Value at 'Limit' failed ...".
  void add_bare(const Path& at, std::string_view constraint);
  // The keys of a map are names or ARNs of tables, and one is neither.
  void name_keys(const Path& at, const std::string& rendered);

  // ValidationException with up to ten texts; nullopt when there are none.
  std::optional<ServiceError> error() const;

 private:
  std::vector<std::string> texts_;
  std::string bare_;
};

bool string_holds(std::string_view value, const StringFacts& facts);
void add_string_violations(std::string_view value, const StringFacts& facts, const Path& at,
                           Violations& violations);
inline void check(std::string_view value, const StringFacts& facts, const Path& at, Violations& violations) {
  if (!string_holds(value, facts)) [[unlikely]]
    add_string_violations(value, facts, at, violations);
}
void check(std::int64_t value, const NumberFacts& facts, const Path& at, Violations& violations);
void check(double value, const NumberFacts& facts, const Path& at, Violations& violations);
inline void check(std::int32_t value, const NumberFacts& facts, const Path& at, Violations& violations) {
  check(static_cast<std::int64_t>(value), facts, at, violations);
}
void check_bare(std::int64_t value, const NumberFacts& facts, const Path& at, Violations& violations);
// DynamoDB's TableName takes a name or an ARN: one violation at most, as the name alone is told.
bool is_name_or_arn(std::string_view value);
void check_name_or_arn(std::string_view value, const Path& at, Violations& violations);
// Blobs: length in bytes.
void check_blob(std::string_view bytes, const SizeFacts& facts, const Path& at, Violations& violations);

// What "Map keys must satisfy constraint: [...]" puts in its brackets.
std::string constraint_list(const StringFacts& facts);
std::string constraint_list(const SizeFacts& facts);

// Characters of a valid UTF-8 text.
std::size_t length_in_characters(std::string_view text);

}  // namespace millrace::wire
