#include "engines/table/number.h"

#include <random>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>

namespace millrace::table {
namespace {

std::string normal(std::string_view text) {
  auto result = normalize_number(text);
  return result ? *result : number_error_message(result.error(), text);
}

std::string sortable(const Decimal& d) {
  std::string bytes;
  append_sortable(bytes, d);
  return bytes;
}

TEST(Number, HasOneNormalForm) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"0", "0"},
      {"-0", "0"},
      {"+0", "0"},
      {"0.000", "0"},
      {"0E9999", "0"},
      {"-0e-5", "0"},
      {"1", "1"},
      {"+1", "1"},
      {"-1", "-1"},
      {"007", "7"},
      {"-007.50", "-7.5"},
      {"1E+2", "100"},
      {"1e2", "100"},
      {"1E2", "100"},
      {"100e-2", "1"},
      {"123.4500", "123.45"},
      {".5", "0.5"},
      {"5.", "5"},
      {"0.05", "0.05"},
      {"1e-5", "0.00001"},
      {"-12.5e1", "-125"},
      {"00.5", "0.5"},
      {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
      {"123456789012345678901234567890123456780000", "123456789012345678901234567890123456780000"},
      {"0.00012345678901234567890123456789012345678", "0.00012345678901234567890123456789012345678"},
      {"1e125", "1" + std::string(125, '0')},
      {"1e-130", "0." + std::string(129, '0') + "1"},
      {"9.9999999999999999999999999999999999999E+125", std::string(38, '9') + std::string(88, '0')},
      {std::string(1000, '0') + "3", "3"},
      {"3" + std::string(1000, '0') + "e-1000", "3"},
  };
  for (const auto& [given, expected] : cases)
    EXPECT_EQ(normal(given), expected) << given;
}

TEST(Number, RefusesWithTheTextOfAws) {
  const std::string kBad = "The parameter cannot be converted to a numeric value";
  EXPECT_EQ(normal(""), kBad);
  for (std::string text : {"b", "-", "+", ".", "1.2.3", "1e", "1e+", "e5", " 1", "1 ", "0x10", "NaN",
                           "Infinity", "1,0", "--1", "1e1.5", "1e99999999999"}) {
    EXPECT_EQ(normal(text), kBad + ": " + text);
  }
  const std::string kOver =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string kUnder =
      "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  const std::string kLong = "Attempting to store more than 38 significant digits in a Number";
  for (std::string text : {std::string("1e126"), std::string("-1e126"), "1" + std::string(126, '0'),
                           std::string("1e999999999")}) {
    EXPECT_EQ(normal(text), kOver) << text;
  }
  for (std::string text : {"1e-131", "-1e-131", "0.1e-130"})
    EXPECT_EQ(normal(text), kUnder) << text;
  for (std::string text :
       {"123456789012345678901234567890123456789", "1.00000000000000000000000000000000000001",
        "-0.123456789012345678901234567890123456789"}) {
    EXPECT_EQ(normal(text), kLong) << text;
  }
}

struct Sum {
  std::string a, b, plus, minus;
};

TEST(Number, AddsAndSubtractsExactly) {
  const std::string kLong = number_error_message(NumberError::kTooManyDigits, "");
  const std::string kOver = number_error_message(NumberError::kOverflow, "");
  const std::vector<Sum> cases = {
      {"1", "2", "3", "-1"},
      {"0.1", "0.2", "0.3", "-0.1"},
      {"-5", "5", "0", "-10"},
      {"0", "7", "7", "-7"},
      {"1e37", "1", "10000000000000000000000000000000000001", "9999999999999999999999999999999999999"},
      {"1e38", "1", kLong, std::string(38, '9')},
      {"2e38", "1", kLong, kLong},
      {"1e125", "1", kLong, kLong},
      {"99999999999999999999999999999999999999", "1", "1" + std::string(38, '0'), std::string(37, '9') + "8"},
      {"9.9999999999999999999999999999999999999E125", "1E88", kOver,
       std::string(37, '9') + "8" + std::string(88, '0')},
  };
  auto shown = [](const base::Result<Decimal, NumberError>& r) {
    return r ? to_text(*r) : number_error_message(r.error(), "");
  };
  for (const auto& c : cases) {
    EXPECT_EQ(shown(add(*parse_number(c.a), *parse_number(c.b))), c.plus) << c.a << " + " << c.b;
    EXPECT_EQ(shown(add(*parse_number(c.b), *parse_number(c.a))), c.plus) << c.b << " + " << c.a;
    EXPECT_EQ(shown(subtract(*parse_number(c.a), *parse_number(c.b))), c.minus) << c.a << " - " << c.b;
  }
}

TEST(Number, CountsBytesByPairsOfDigits) {
  const std::vector<std::pair<std::string, std::size_t>> cases = {{"0", 1},
                                                                  {"1", 2},
                                                                  {"12", 2},
                                                                  {"123", 3},
                                                                  {"1234", 3},
                                                                  {"100", 2},
                                                                  {"10", 2},
                                                                  {"-1", 3},
                                                                  {"-123", 4},
                                                                  {"0.1", 2},
                                                                  {"1.5", 3},
                                                                  {"12.5", 3},
                                                                  {std::string(38, '9'), 20},
                                                                  {"-" + std::string(38, '9'), 21},
                                                                  {std::string(38, '9') + "0", 21},
                                                                  {"-" + std::string(38, '9') + "0", 21}};
  for (const auto& [text, size] : cases) {
    Decimal d = *parse_number(text);
    EXPECT_EQ(number_size(d), size) << text;
    EXPECT_EQ(sortable(d).size(), size) << text;
  }
}

// Random numbers of all sizes, as exact integers scaled by 10^170.
struct Sample {
  Decimal decimal;
  boost::multiprecision::cpp_int exact;
};

boost::multiprecision::cpp_int power_of_ten(int n) {
  return boost::multiprecision::pow(boost::multiprecision::cpp_int(10), n);
}

Sample sample(std::mt19937_64& random) {
  int digits = 1 + static_cast<int>(random() % 38);
  std::string text;
  for (int i = 0; i < digits; ++i)
    text += static_cast<char>('0' + random() % (random() % 3 ? 10 : 2));
  int exponent = random() % 4 ? static_cast<int>(random() % 12) - 6 : static_cast<int>(random() % 210) - 125;
  bool negative = random() % 2;
  std::string full = (negative ? "-" : "") + text + "e" + std::to_string(exponent);
  auto parsed = parse_number(full);
  if (!parsed) return sample(random);
  boost::multiprecision::cpp_int exact(text.substr(std::min(text.find_first_not_of('0'), text.size() - 1)));
  exact *= power_of_ten(170 + exponent);
  return {*parsed, negative ? -exact : exact};
}

bool fits(boost::multiprecision::cpp_int exact) {
  if (exact == 0) return true;
  if (exact < 0) exact = -exact;
  if (exact < power_of_ten(170 - 130) || exact >= power_of_ten(170 + 126)) return false;
  while (exact % 10 == 0)
    exact /= 10;
  return exact < power_of_ten(38);
}

class NumberProperties : public testing::TestWithParam<std::uint64_t> {};

TEST_P(NumberProperties, AgreeWithBigIntegers) {
  std::mt19937_64 random(GetParam());
  for (int round = 0; round < 1000; ++round) {
    Sample a = sample(random);
    Sample b = round % 10 == 0 ? a : sample(random);
    EXPECT_EQ(a.decimal < b.decimal, a.exact < b.exact);
    EXPECT_EQ(a.decimal == b.decimal, a.exact == b.exact);
    EXPECT_EQ(sortable(a.decimal) < sortable(b.decimal), a.exact < b.exact);
    EXPECT_EQ(*parse_number(to_text(a.decimal)), a.decimal);
    EXPECT_EQ(from_sortable(sortable(a.decimal)), a.decimal) << to_text(a.decimal);
    EXPECT_EQ(number_size(a.decimal), sortable(a.decimal).size());
    EXPECT_EQ(normal(to_text(a.decimal)), to_text(a.decimal));
    auto sum = add(a.decimal, b.decimal);
    EXPECT_EQ(sum.has_value(), fits(a.exact + b.exact)) << to_text(a.decimal) << " + " << to_text(b.decimal);
    auto difference = subtract(a.decimal, b.decimal);
    EXPECT_EQ(difference.has_value(), fits(a.exact - b.exact))
        << to_text(a.decimal) << " - " << to_text(b.decimal);
    if (sum) {
      EXPECT_EQ(*subtract(*sum, b.decimal), a.decimal);
    }
    if (difference) {
      EXPECT_EQ(*add(*difference, b.decimal), a.decimal);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, NumberProperties, testing::Values(1, 2, 20260));

}  // namespace
}  // namespace millrace::table
