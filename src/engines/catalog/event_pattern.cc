#include "engines/catalog/event_pattern.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engines/catalog/event_pattern_node.h"

namespace millrace::catalog {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

template <class T>
using Compiled = base::Result<T, std::string>;
using NodePtr = std::shared_ptr<const PatternNode>;

constexpr unsigned kMaxDepth = 32;

Compiled<NodePtr> compile_object(const element& json, unsigned depth);

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::optional<PlainTest> plain(const element& json) {
  switch (json.type()) {
    case element_type::STRING:
      return PlainTest(std::string(std::string_view(json)));
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return PlainTest(double(json.get_double()));
    case element_type::BOOL:
      return PlainTest(bool(json));
    case element_type::NULL_VALUE:
      return PlainTest(NullTest{});
    default:
      return std::nullopt;
  }
}

Compiled<std::string> text_of(std::string_view name, const element& json) {
  if (json.type() != element_type::STRING) return base::fail(fmt::format("{} must be a string", name));
  return std::string(std::string_view(json));
}

Compiled<LeafTest> compile_anything_but(const element& json) {
  AnythingButTest test;
  if (json.type() == element_type::OBJECT) {
    for (const auto field : json.get_object()) {
      auto text = text_of(field.key, field.value);
      if (!text) return base::fail(text.error());
      if (field.key == "prefix") {
        test.prefixes.push_back(std::move(*text));
      } else if (field.key == "suffix") {
        test.suffixes.push_back(std::move(*text));
      } else {
        return base::fail(fmt::format("anything-but does not take {}", field.key));
      }
    }
    return LeafTest(std::move(test));
  }
  if (json.type() == element_type::ARRAY) {
    for (const auto value : json.get_array()) {
      auto one = plain(value);
      if (!one) return base::fail(std::string("anything-but takes strings and numbers"));
      test.values.push_back(std::move(*one));
    }
    if (test.values.empty()) return base::fail(std::string("anything-but must not be empty"));
    return LeafTest(std::move(test));
  }
  test.values.push_back(*plain(json));
  return LeafTest(std::move(test));
}

Compiled<LeafTest> compile_numeric(const element& json) {
  using Comparison = NumericTest::Bound::Comparison;
  if (json.type() != element_type::ARRAY) return base::fail(std::string("numeric must be a list"));
  NumericTest test;
  std::optional<Comparison> comparison;
  for (const auto part : json.get_array()) {
    if (!comparison) {
      if (part.type() != element_type::STRING) return base::fail(std::string("numeric needs a comparison"));
      const std::string_view sign = part;
      if (sign == "=") comparison = Comparison::kEqual;
      if (sign == "<") comparison = Comparison::kLess;
      if (sign == "<=") comparison = Comparison::kLessOrEqual;
      if (sign == ">") comparison = Comparison::kGreater;
      if (sign == ">=") comparison = Comparison::kGreaterOrEqual;
      if (!comparison) return base::fail(fmt::format("numeric does not know {}", sign));
    } else {
      double value = 0;
      if (part.get_double().get(value)) return base::fail(std::string("numeric compares with numbers"));
      test.bounds.push_back({*comparison, value});
      comparison.reset();
    }
  }
  if (comparison || test.bounds.empty() || test.bounds.size() > 2) {
    return base::fail(std::string("numeric takes one or two comparisons with a number each"));
  }
  return LeafTest(std::move(test));
}

Compiled<LeafTest> compile_test(const element& json) {
  if (auto value = plain(json)) return LeafTest(std::move(*value));
  if (json.type() != element_type::OBJECT || json.get_object().size() != 1) {
    return base::fail(std::string("a list holds values and objects of one comparison"));
  }
  const auto field = *json.get_object().begin();
  if (field.key == "anything-but") return compile_anything_but(field.value);
  if (field.key == "numeric") return compile_numeric(field.value);
  if (field.key == "exists") {
    if (field.value.type() != element_type::BOOL)
      return base::fail(std::string("exists must be true or false"));
    return LeafTest(ExistsTest{bool(field.value)});
  }
  auto text = text_of(field.key, field.value);
  if (!text) return base::fail(text.error());
  if (field.key == "prefix") return LeafTest(PrefixTest{std::move(*text)});
  if (field.key == "suffix") return LeafTest(SuffixTest{std::move(*text)});
  if (field.key == "equals-ignore-case") return LeafTest(IgnoreCaseTest{lower(*text)});
  return base::fail(fmt::format("unknown comparison {}", field.key));
}

Compiled<std::vector<NodePtr>> compile_choices(const element& json, unsigned depth) {
  std::vector<NodePtr> choices;
  if (json.type() != element_type::ARRAY) return base::fail(std::string("$or must be a list"));
  for (const auto choice : json.get_array()) {
    auto node = compile_object(choice, depth + 1);
    if (!node) return base::fail(node.error());
    choices.push_back(std::move(*node));
  }
  if (choices.empty()) return base::fail(std::string("$or must not be empty"));
  return choices;
}

Compiled<PatternNode::Field> compile_field(std::string_view name, const element& json, unsigned depth) {
  PatternNode::Field field{std::string(name), {}, nullptr};
  if (json.type() == element_type::OBJECT) {
    auto nested = compile_object(json, depth + 1);
    if (!nested) return base::fail(nested.error());
    field.nested = std::move(*nested);
    return field;
  }
  if (json.type() != element_type::ARRAY)
    return base::fail(fmt::format("{} must be a list or an object", name));
  for (const auto value : json.get_array()) {
    auto test = compile_test(value);
    if (!test) return base::fail(test.error());
    field.tests.push_back(std::move(*test));
  }
  if (field.tests.empty()) return base::fail(fmt::format("the list of {} must not be empty", name));
  return field;
}

Compiled<NodePtr> compile_object(const element& json, unsigned depth) {
  if (depth > kMaxDepth) return base::fail(std::string("the pattern is nested too deeply"));
  if (json.type() != element_type::OBJECT) return base::fail(std::string("a pattern must be an object"));
  auto node = std::make_shared<PatternNode>();
  for (const auto field : json.get_object()) {
    if (field.key == "$or") {
      auto choices = compile_choices(field.value, depth);
      if (!choices) return base::fail(choices.error());
      node->choices.push_back(std::move(*choices));
    } else {
      auto compiled = compile_field(field.key, field.value, depth);
      if (!compiled) return base::fail(compiled.error());
      node->fields.push_back(std::move(*compiled));
    }
  }
  return NodePtr(std::move(node));
}

}  // namespace

base::Result<EventPattern, std::string> EventPattern::compile(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(simdjson::padded_string(json)).get(root))
    return base::fail(std::string("the pattern is not JSON"));
  auto node = compile_object(root, 0);
  if (!node) return base::fail(node.error());
  return EventPattern(std::move(*node));
}

struct PatternMatcher::Parser {
  simdjson::dom::parser json;
};

PatternMatcher::PatternMatcher(std::vector<EventPattern> patterns)
    : patterns_(std::move(patterns)), parser_(std::make_unique<Parser>()) {}
PatternMatcher::~PatternMatcher() = default;
PatternMatcher::PatternMatcher(PatternMatcher&&) noexcept = default;

bool PatternMatcher::matches(std::string_view event) {
  if (patterns_.empty()) return true;
  element root;
  if (parser_->json.parse(event.data(), event.size()).get(root)) return false;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const EventPattern& pattern) { return pattern.root_->matches(root); });
}

}  // namespace millrace::catalog
