#include "wire/violations.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::wire {
namespace {

constexpr std::size_t kMost = 10;  // AWS tells no more than ten at once

std::string enum_text(std::span<const std::string_view> values) {
  return fmt::format("Member must satisfy enum value set: [{}]", fmt::join(values, ", "));
}
std::string pattern_text(const Pattern& pattern) {
  return fmt::format("Member must satisfy regular expression pattern: {}", pattern.text());
}
std::string at_least(std::string_view what, std::string_view limit) {
  return fmt::format("Member must have {} greater than or equal to {}", what, limit);
}
std::string at_most(std::string_view what, std::string_view limit) {
  return fmt::format("Member must have {} less than or equal to {}", what, limit);
}
constexpr Pattern kTableName("[a-zA-Z0-9_.-]+",
                             CharRun{0x3ff600000000000u, 0x7fffffe87fffffeu, false, 1, -1});

std::string digits(std::int64_t n) {
  return std::to_string(n);
}

// Most values are shorter in bytes than their limit in characters, or plainly longer than the least: no counting then.
bool length_holds(std::string_view value, std::int64_t min, std::int64_t max) {
  const auto bytes = static_cast<std::int64_t>(value.size());
  if (bytes >= min * 4 && (max < 0 || bytes <= max)) return true;
  const auto characters = static_cast<std::int64_t>(length_in_characters(value));
  return characters >= min && (max < 0 || characters <= max);
}

template <class Number>
void check_number(Number value, const NumberFacts& facts, const Path& at, Violations& violations) {
  if (facts.min && static_cast<double>(value) < *facts.min) {
    violations.add(at, fmt::format("{}", value), at_least("value", facts.min_text));
  }
  if (facts.max && static_cast<double>(value) > *facts.max) {
    violations.add(at, fmt::format("{}", value), at_most("value", facts.max_text));
  }
}

}  // namespace

std::size_t length_in_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void Path::append(std::string& out) const {
  if (parent != nullptr) {
    const std::size_t before = out.size();
    parent->append(out);
    if (out.size() > before) out += '.';
  }
  out += member;
  const std::string_view dot = member.empty() ? "" : ".";  // an element of an element has no name of its own
  if (index > 0) fmt::format_to(std::back_inserter(out), "{}{}.member", dot, index);
  if (key != nullptr) fmt::format_to(std::back_inserter(out), "{}{}.member", dot, *key);
}

void Violations::add(const Path& at, std::string_view value, std::string_view constraint, bool show_value) {
  if (texts_.size() >= kMost) return;
  std::string text = "Value ";
  if (value == kNull) {
    text += "null ";
  } else if (show_value) {
    text.append("'").append(value).append("' ");
  }
  text += "at '";
  at.append(text);
  text.append("' failed to satisfy constraint: ").append(constraint);
  texts_.push_back(std::move(text));
}

void Violations::size(const Path& at, std::size_t size, const SizeFacts& facts, const std::string& rendered,
                      bool bare) {
  if (facts.max >= 0 && size > static_cast<std::size_t>(facts.max)) {
    const std::string constraint = at_most("length", digits(facts.max));
    bare ? add_bare(at, constraint) : add(at, rendered, constraint);
  }
  if (facts.min >= 0 && size < static_cast<std::size_t>(facts.min)) {
    add(at, rendered, at_least("length", digits(facts.min)));
  }
}

void Violations::add_bare(const Path& at, std::string_view constraint) {
  if (!bare_.empty()) return;
  std::string path;
  at.append(path);
  // These are told by another layer of AWS, which spells members as the API does: "RequestItems.T.member.Keys".
  const std::size_t dot = path.rfind('.');
  for (const std::size_t at_letter : {std::size_t{0}, dot == std::string::npos ? 0 : dot + 1}) {
    if (path[at_letter] >= 'a' && path[at_letter] <= 'z')
      path[at_letter] = static_cast<char>(path[at_letter] - 32);
  }
  bare_ = fmt::format("Value at '{}' failed to satisfy constraint: {}", path, constraint);
}

void Violations::name_keys(const Path& at, const std::string& rendered) {
  add(at, rendered, "Map keys must satisfy constraint: " + constraint_list(StringFacts{3, 255, &kTableName}));
}

std::optional<ServiceError> Violations::error() const {
  if (texts_.empty()) {
    if (bare_.empty()) return std::nullopt;
    return validation_error("1 validation error detected: " + bare_);
  }
  return validation_error(fmt::format("{} validation error{} detected: {}", texts_.size(),
                                      texts_.size() == 1 ? "" : "s", fmt::join(texts_, "; ")));
}

bool string_holds(std::string_view value, const StringFacts& facts) {
  if (!length_holds(value, facts.min, facts.max))
    return false;  // first: a pattern may cost more the longer the value
  if (facts.pattern != nullptr && !facts.pattern->matches(value)) return false;
  return facts.values.empty() ||
         std::find(facts.values.begin(), facts.values.end(), value) != facts.values.end();
}

void add_string_violations(std::string_view value, const StringFacts& facts, const Path& at,
                           Violations& violations) {
  const bool show = !facts.sensitive;
  if (facts.pattern != nullptr && !facts.pattern->matches(value))
    violations.add(at, value, pattern_text(*facts.pattern), show);
  if (!length_holds(value, facts.min, -1))
    violations.add(at, value, at_least("length", digits(facts.min)), show);
  if (!length_holds(value, -1, facts.max))
    violations.add(at, value, at_most("length", digits(facts.max)), show);
  if (!facts.values.empty() &&
      std::find(facts.values.begin(), facts.values.end(), value) == facts.values.end()) {
    violations.add(at, value, enum_text(facts.values), show);
  }
}

void check(std::int64_t value, const NumberFacts& facts, const Path& at, Violations& violations) {
  check_number(value, facts, at, violations);
}
void check(double value, const NumberFacts& facts, const Path& at, Violations& violations) {
  check_number(value, facts, at, violations);
}

void check_bare(std::int64_t value, const NumberFacts& facts, const Path& at, Violations& violations) {
  if (facts.min && static_cast<double>(value) < *facts.min)
    violations.add_bare(at, at_least("value", facts.min_text));
  if (facts.max && static_cast<double>(value) > *facts.max)
    violations.add_bare(at, at_most("value", facts.max_text));
}

bool is_name_or_arn(std::string_view value) {
  if (value.starts_with("arn:")) return value.size() <= 1024;
  return value.size() >= 3 && value.size() <= 255 && kTableName.matches(value);
}

void check_name_or_arn(std::string_view value, const Path& at, Violations& violations) {
  if (is_name_or_arn(value)) [[likely]]
    return;
  if (value.empty()) return violations.add(at, value, at_least("length", "1"));
  if (value.starts_with("arn:")) return violations.add(at, value, at_most("length", "1024"));
  if (value.size() > 255) return violations.add(at, value, at_most("length", "255"));
  if (!kTableName.matches(value)) return violations.add(at, value, pattern_text(kTableName));
  violations.add(at, value, at_least("length", "3"));
}

void check_blob(std::string_view bytes, const SizeFacts& facts, const Path& at, Violations& violations) {
  // The text shows Java's name of the buffer, not its bytes.
  if (!facts.holds(bytes.size())) {
    violations.size(at, bytes.size(), facts,
                    fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.size()));
  }
}

std::string constraint_list(const StringFacts& facts) {
  std::vector<std::string> parts;
  if (facts.max >= 0) parts.push_back(at_most("length", digits(facts.max)));
  if (facts.min >= 0) parts.push_back(at_least("length", digits(facts.min)));
  if (facts.pattern != nullptr) parts.push_back(pattern_text(*facts.pattern));
  if (!facts.values.empty()) parts.push_back(enum_text(facts.values));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string constraint_list(const SizeFacts& facts) {
  return constraint_list(StringFacts{facts.min, facts.max});
}

}  // namespace millrace::wire
