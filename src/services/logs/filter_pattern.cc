#include "services/logs/filter_pattern.h"

#include <algorithm>
#include <charconv>
#include <re2/re2.h>

#include <fmt/format.h>

#include "services/logs/filter_node.h"
#include "services/logs/filter_parser.h"

namespace millrace::logs {
namespace {

using wire::Json;
using wire::JsonKind;

bool compare(FilterTest test, double left, double right) {
  switch (test) {
    case FilterTest::kLess:
      return left < right;
    case FilterTest::kLessOrEqual:
      return left <= right;
    case FilterTest::kGreater:
      return left > right;
    case FilterTest::kGreaterOrEqual:
      return left >= right;
    default:
      return left == right;
  }
}

bool is_equality(FilterTest test) {
  return test == FilterTest::kEqual || test == FilterTest::kNotEqual;
}

bool finds(const re2::RE2& regex, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

bool test_text(const FilterNode& node, std::string_view text) {
  if (node.regex) return finds(*node.regex, text) == (node.test == FilterTest::kEqual);
  if (is_equality(node.test)) return glob_matches(node.text, text) == (node.test == FilterTest::kEqual);
  const std::optional<double> number = number_of(text);
  return number && node.number && compare(node.test, *number, *node.number);
}

bool test_number(const FilterNode& node, const Json& value) {
  const double number = value.as_double();
  if (node.number) {
    const bool holds = compare(node.test, number, *node.number);
    return node.test == FilterTest::kNotEqual ? !holds : holds;
  }
  return is_equality(node.test) &&
         test_text(node,
                   value.kind() == JsonKind::kInt ? fmt::to_string(value.as_int()) : fmt::to_string(number));
}

bool test_value(const FilterNode& node, const Json& value) {
  const JsonKind kind = value.kind();
  switch (node.test) {
    case FilterTest::kIsNull:
      return kind == JsonKind::kNull;
    case FilterTest::kIsTrue:
    case FilterTest::kIsFalse:
      return kind == JsonKind::kBool && value.as_bool() == (node.test == FilterTest::kIsTrue);
    case FilterTest::kExists:
      return true;
    case FilterTest::kNotExists:
      return false;
    default:
      break;
  }
  if (kind == JsonKind::kString) return test_text(node, value.as_string());
  if (kind == JsonKind::kInt || kind == JsonKind::kUint || kind == JsonKind::kDouble)
    return test_number(node, value);
  if (kind == JsonKind::kBool)
    return is_equality(node.test) && test_text(node, value.as_bool() ? "true" : "false");
  return false;
}

// Whether a value the selector reaches passes; `reached` says whether there was one.
bool any_value(const FilterNode& node, const Json& value, std::size_t step, bool& reached) {
  if (step == node.selector.size()) {
    reached = true;
    return test_value(node, value);
  }
  const FilterStep& next = node.selector[step];
  if (next.kind == FilterStep::Kind::kName) {
    const Json found = value.find(next.name);
    return found.kind() != JsonKind::kAbsent && any_value(node, found, step + 1, reached);
  }
  bool holds = false;
  std::size_t index = 0;
  if (value.kind() == JsonKind::kArray) {
    for (wire::JsonElements e(value); e.next(); ++index) {
      if (next.kind == FilterStep::Kind::kIndex && index != next.index) continue;
      holds = any_value(node, e.value(), step + 1, reached) || holds;
    }
  } else if (value.kind() == JsonKind::kObject && next.kind == FilterStep::Kind::kAny) {
    for (wire::JsonFields f(value); f.next();)
      holds = any_value(node, f.value(), step + 1, reached) || holds;
  }
  return holds;
}

template <class Test>
bool evaluate(const FilterNode& node, const Test& test) {
  const auto child = [&](const FilterNode& inner) { return evaluate(inner, test); };
  if (node.kind == FilterNode::Kind::kAll) return std::ranges::all_of(node.children, child);
  if (node.kind == FilterNode::Kind::kAny) return std::ranges::any_of(node.children, child);
  return test(node);
}

bool word_passes(const FilterWord& word, std::string_view text) {
  if (!word.condition) return true;
  return evaluate(*word.condition, [&](const FilterNode& node) {
    return node.test == FilterTest::kExists ||
           (node.test <= FilterTest::kGreaterOrEqual && test_text(node, text));
  });
}

std::vector<std::string_view> split_words(std::string_view message) {
  std::vector<std::string_view> out;
  constexpr std::string_view kSpace = " \t\r\n";
  std::size_t at = message.find_first_not_of(kSpace);
  while (at != std::string_view::npos) {
    const char open = message[at];
    const std::size_t close = open == '['   ? message.find(']', at)
                              : open == '"' ? message.find('"', at + 1)
                                            : std::string_view::npos;
    if (close != std::string_view::npos) {
      out.push_back(message.substr(at + 1, close - at - 1));
      at = message.find_first_not_of(kSpace, close + 1);
      continue;
    }
    const std::size_t end = std::min(message.find_first_of(kSpace, at), message.size());
    out.push_back(message.substr(at, end - at));
    at = message.find_first_not_of(kSpace, end);
  }
  return out;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

base::Result<FilterPattern, std::string> FilterPattern::parse(std::string_view text) {
  return FilterParser(text).parse();
}

bool FilterMatcher::matches_terms(std::string_view message) const {
  const FilterTerms& terms = pattern_.terms_;
  const auto found = [&](const FilterTerm& term) {
    return term.regex ? finds(*term.regex, message) : message.find(term.text) != std::string_view::npos;
  };
  if (terms.required.empty() && terms.excluded.empty() && !terms.optional.empty())
    return std::ranges::any_of(terms.optional, found);
  return std::ranges::all_of(terms.required, found) && std::ranges::none_of(terms.excluded, found);
}

bool FilterMatcher::matches_words(std::string_view message) const {
  const std::vector<std::string_view> words = split_words(message);
  const auto& before = pattern_.before_;
  const auto& after = pattern_.after_;
  const std::size_t wanted = before.size() + after.size();
  if (pattern_.gap_ ? words.size() < wanted : words.size() != wanted) return false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!word_passes(before[i], words[i])) return false;
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (!word_passes(after[i], words[words.size() - after.size() + i])) return false;
  }
  return true;
}

// Each word of a message beside its name in the pattern; words of a gap have none.
std::vector<std::pair<std::string, std::string_view>> FilterMatcher::named_words(
    std::string_view message) const {
  const std::vector<std::string_view> words = split_words(message);
  const auto& before = pattern_.before_;
  const auto& after = pattern_.after_;
  std::vector<std::pair<std::string, std::string_view>> out;
  if (words.size() < before.size() + after.size()) return out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string name;
    if (i < before.size()) {
      name = before[i].name;
    } else if (i + after.size() >= words.size()) {
      name = after[i + after.size() - words.size()].name;
    }
    out.emplace_back(std::move(name), words[i]);
  }
  return out;
}

namespace {

std::string text_of_value(const Json& value) {
  switch (value.kind()) {
    case JsonKind::kString:
      return std::string(value.as_string());
    case JsonKind::kBool:
      return value.as_bool() ? "true" : "false";
    case JsonKind::kInt:
      return std::to_string(value.as_int());
    case JsonKind::kUint:
      return std::to_string(value.as_uint());
    case JsonKind::kDouble: {
      char buffer[32];
      return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value.as_double()).ptr};
    }
    default:
      return "";
  }
}

// The value a selector reaches; kAbsent when there is none, or more than one way.
Json reached_value(Json value, const std::vector<FilterStep>& selector) {
  for (const FilterStep& step : selector) {
    if (step.kind == FilterStep::Kind::kName) {
      value = value.find(step.name);
    } else if (step.kind == FilterStep::Kind::kIndex && value.kind() == JsonKind::kArray) {
      Json found;
      std::size_t index = 0;
      for (wire::JsonElements e(value); e.next(); ++index) {
        if (index == step.index) found = e.value();
      }
      value = found;
    } else {
      return {};
    }
  }
  return value;
}

std::string selector_text(const std::vector<FilterStep>& selector) {
  std::string out = "$";
  for (const FilterStep& step : selector) {
    if (step.kind == FilterStep::Kind::kName) out += "." + step.name;
    if (step.kind == FilterStep::Kind::kIndex) out += "[" + std::to_string(step.index) + "]";
    if (step.kind == FilterStep::Kind::kAny) out += "[*]";
  }
  return out;
}

void collect(const FilterNode& node, const Json& root, std::map<std::string, std::string, std::less<>>& out) {
  for (const FilterNode& child : node.children)
    collect(child, root, out);
  if (node.kind != FilterNode::Kind::kTest) return;
  const Json value = reached_value(root, node.selector);
  if (value.kind() != JsonKind::kAbsent) out[selector_text(node.selector)] = text_of_value(value);
}

}  // namespace

std::optional<std::string> FilterMatcher::value(std::string_view message, std::string_view selector) {
  if (pattern_.kind_ == FilterPattern::Kind::kWords) {
    for (const auto& [name, word] : named_words(message)) {
      if (!name.empty() && selector == "$" + name) return std::string(word);
    }
    return std::nullopt;
  }
  if (!selector.starts_with("$.") || !parser_.parse(message)) return std::nullopt;
  // A selector is what a condition of a pattern has before its comparison.
  const auto parsed = FilterPattern::parse("{ " + std::string(selector) + " NOT EXISTS }");
  if (!parsed || parsed->kind_ != FilterPattern::Kind::kJson) return std::nullopt;
  const FilterNode* node = parsed->json_.get();
  while (node->kind != FilterNode::Kind::kTest && node->children.size() == 1)
    node = &node->children[0];
  if (node->kind != FilterNode::Kind::kTest) return std::nullopt;
  const Json found = reached_value(parser_.root(), node->selector);
  if (found.kind() == JsonKind::kAbsent || found.kind() == JsonKind::kNull) return std::nullopt;
  return text_of_value(found);
}

std::map<std::string, std::string, std::less<>> FilterMatcher::values(std::string_view message) {
  std::map<std::string, std::string, std::less<>> out;
  if (pattern_.kind_ == FilterPattern::Kind::kWords) {
    std::size_t number = 0;
    for (const auto& [name, word] : named_words(message))
      out["$" + (name.empty() ? std::to_string(++number) : name)] = word;
  }
  if (pattern_.kind_ == FilterPattern::Kind::kJson && parser_.parse(message))
    collect(*pattern_.json_, parser_.root(), out);
  return out;
}

bool FilterMatcher::matches(std::string_view message) {
  if (pattern_.kind_ == FilterPattern::Kind::kTerms) return matches_terms(message);
  if (pattern_.kind_ == FilterPattern::Kind::kWords) return matches_words(message);
  const std::size_t begin = message.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || message[begin] != '{' || !parser_.parse(message)) return false;
  return evaluate(*pattern_.json_, [&](const FilterNode& node) {
    bool reached = false;
    const bool holds = any_value(node, parser_.root(), 0, reached);
    return node.test == FilterTest::kNotExists ? !reached : holds;
  });
}

}  // namespace millrace::logs
