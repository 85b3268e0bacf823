// DynamoDB's numbers: exact decimals of at most 38 significant digits, magnitude 1E-130 to 9.9...9E+125, or
// zero. Plain values; pure functions; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::table {

__extension__ using Uint128 = unsigned __int128;

enum class NumberError { kEmpty, kNotNumeric, kTooManyDigits, kOverflow, kUnderflow };

// AWS's text for a refused number; `text` is what the client sent.
std::string number_error_message(NumberError error, std::string_view text);

// (-1)^negative * coefficient * 10^exponent; the coefficient is below 10^38 and does not end in a zero digit,
// so equal numbers have equal members. Zero is all zero.
struct Decimal {
  Uint128 coefficient = 0;
  std::int16_t exponent = 0;
  bool negative = false;

  bool operator==(const Decimal&) const = default;
  std::strong_ordering operator<=>(const Decimal& other) const;
};

// Accepts an optional sign, digits with an optional point, an optional exponent; no white space.
base::Result<Decimal, NumberError> parse_number(std::string_view text);
// Normal form: plain digits, no exponent, no superfluous zeros; "0" for zero. At most 170 characters.
std::string to_text(const Decimal& number);
void append_text(std::string& out, const Decimal& number);
// parse and print in one step, with a fast path for short plain integers.
base::Result<std::string, NumberError> normalize_number(std::string_view text);

// Exact or refused: a result that needs more than 38 digits is kTooManyDigits, never rounded.
base::Result<Decimal, NumberError> add(const Decimal& a, const Decimal& b);
base::Result<Decimal, NumberError> subtract(const Decimal& a, const Decimal& b);

// Bytes whose memcmp order is the numeric order (a shorter one sorts before what it is a prefix of); at most
// 22 bytes. Base-100 digits behind a biased exponent: docs/formats/item.md.
void append_sortable(std::string& out, const Decimal& number);
// nullopt for bytes that append_sortable() does not write.
std::optional<Decimal> from_sortable(std::string_view bytes);
// What a number counts towards an item's size: the length of its sortable form.
std::size_t number_size(const Decimal& number);

// Trusted normal-form text, as stored; a text that is not one is a bug.
Decimal from_normal_text(std::string_view text);

}  // namespace millrace::table
