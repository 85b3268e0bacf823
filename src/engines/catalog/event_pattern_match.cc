#include <algorithm>
#include <cctype>

#include "engines/catalog/event_pattern_node.h"

namespace millrace::catalog {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::optional<std::string_view> text_of(const element& value) {
  if (value.type() != element_type::STRING) return std::nullopt;
  return std::string_view(value);
}

std::optional<double> number_of(const element& value) {
  double number = 0;
  if (value.type() == element_type::STRING || value.get_double().get(number)) return std::nullopt;
  return number;
}

bool equals(const PlainTest& test, const element& value) {
  if (std::holds_alternative<NullTest>(test)) return value.is_null();
  if (const auto* text = std::get_if<std::string>(&test)) return text_of(value) == *text;
  if (const auto* number = std::get_if<double>(&test)) return number_of(value) == *number;
  return value.type() == element_type::BOOL && bool(value) == std::get<bool>(test);
}

bool within(const NumericTest& test, double number) {
  using Comparison = NumericTest::Bound::Comparison;
  return std::all_of(test.bounds.begin(), test.bounds.end(), [number](const NumericTest::Bound& bound) {
    switch (bound.comparison) {
      case Comparison::kEqual:
        return number == bound.value;
      case Comparison::kLess:
        return number < bound.value;
      case Comparison::kLessOrEqual:
        return number <= bound.value;
      case Comparison::kGreater:
        return number > bound.value;
      case Comparison::kGreaterOrEqual:
        return number >= bound.value;
    }
    return false;
  });
}

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b;
  });
}

bool is_other(const AnythingButTest& test, const element& value) {
  for (const auto& excluded : test.values) {
    if (equals(excluded, value)) return false;
  }
  const auto text = text_of(value);
  if (!test.prefixes.empty() || !test.suffixes.empty()) {
    if (!text) return false;
  }
  return std::none_of(test.prefixes.begin(), test.prefixes.end(),
                      [&](const auto& p) { return text->starts_with(p); }) &&
         std::none_of(test.suffixes.begin(), test.suffixes.end(),
                      [&](const auto& s) { return text->ends_with(s); });
}

bool test_one(const LeafTest& test, const element& value) {
  if (const auto* plain = std::get_if<PlainTest>(&test)) return equals(*plain, value);
  if (const auto* numeric = std::get_if<NumericTest>(&test)) {
    const auto number = number_of(value);
    return number && within(*numeric, *number);
  }
  if (const auto* other = std::get_if<AnythingButTest>(&test)) return is_other(*other, value);
  if (const auto* exists = std::get_if<ExistsTest>(&test)) return exists->wanted;
  const auto text = text_of(value);
  if (!text) return false;
  if (const auto* prefix = std::get_if<PrefixTest>(&test)) return text->starts_with(prefix->text);
  if (const auto* suffix = std::get_if<SuffixTest>(&test)) return text->ends_with(suffix->text);
  return equals_lower(*text, std::get<IgnoreCaseTest>(test).lower);
}

}  // namespace

bool leaf_matches(const std::vector<LeafTest>& tests, std::optional<element> value) {
  // An object is no leaf: for this path nothing is there.
  if (!value || value->type() == element_type::OBJECT) {
    return std::any_of(tests.begin(), tests.end(), [](const LeafTest& test) {
      const auto* exists = std::get_if<ExistsTest>(&test);
      return exists && !exists->wanted;
    });
  }
  if (value->type() == element_type::ARRAY) {
    const auto list = value->get_array();
    return std::any_of(list.begin(), list.end(),
                       [&](const element& one) { return leaf_matches(tests, one); });
  }
  return std::any_of(tests.begin(), tests.end(),
                     [&](const LeafTest& test) { return test_one(test, *value); });
}

bool PatternNode::matches(const element& event) const {
  if (event.type() == element_type::ARRAY) {
    const auto list = event.get_array();
    return std::any_of(list.begin(), list.end(), [this](const element& one) { return matches(one); });
  }
  if (event.type() != element_type::OBJECT) return false;
  for (const Field& field : fields) {
    element found;
    const bool present = event.at_key(field.name).get(found) == simdjson::SUCCESS;
    if (field.nested) {
      // Below a missing object every path is missing, which "exists": false may ask for.
      if (present ? !field.nested->matches(found) : !field.nested->matches_nothing()) return false;
    } else if (!leaf_matches(field.tests, present ? std::optional(found) : std::nullopt)) {
      return false;
    }
  }
  return std::all_of(choices.begin(), choices.end(), [&](const auto& choice) {
    return std::any_of(choice.begin(), choice.end(), [&](const auto& node) { return node->matches(event); });
  });
}

bool PatternNode::matches_nothing() const {
  for (const Field& field : fields) {
    if (field.nested ? !field.nested->matches_nothing() : !leaf_matches(field.tests, std::nullopt))
      return false;
  }
  return std::all_of(choices.begin(), choices.end(), [](const auto& choice) {
    return std::any_of(choice.begin(), choice.end(),
                       [](const auto& node) { return node->matches_nothing(); });
  });
}

}  // namespace millrace::catalog
