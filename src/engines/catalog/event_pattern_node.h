// A compiled event pattern. Internal to the catalog.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <simdjson.h>

namespace millrace::catalog {

struct PrefixTest {
  std::string text;
};
struct SuffixTest {
  std::string text;
};
struct IgnoreCaseTest {
  std::string lower;
};
struct ExistsTest {
  bool wanted = true;
};
struct NumericTest {
  struct Bound {
    enum class Comparison { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual } comparison;
    double value = 0;
  };
  std::vector<Bound> bounds;  // all must hold
};
struct NullTest {};
using PlainTest = std::variant<NullTest, bool, double, std::string>;
struct AnythingButTest {
  std::vector<PlainTest> values;
  std::vector<std::string> prefixes, suffixes;
};
using LeafTest =
    std::variant<PlainTest, PrefixTest, SuffixTest, IgnoreCaseTest, ExistsTest, NumericTest, AnythingButTest>;

// Matches one object of the event.
struct PatternNode {
  struct Field {
    std::string name;
    std::vector<LeafTest> tests;                // any; for a leaf
    std::shared_ptr<const PatternNode> nested;  // for an object
  };
  std::vector<Field> fields;                                             // all
  std::vector<std::vector<std::shared_ptr<const PatternNode>>> choices;  // one of each list

  bool matches(const simdjson::dom::element& event) const;
  // Whether it matches an object that is not there.
  bool matches_nothing() const;
};

bool leaf_matches(const std::vector<LeafTest>& tests, std::optional<simdjson::dom::element> value);

}  // namespace millrace::catalog
