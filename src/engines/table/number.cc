#include "engines/table/number.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millrace::table {
namespace {

constexpr int kMaxDigits = 38;
constexpr int kMaxExponent = 125;   // of the first digit
constexpr int kMinExponent = -130;  // of the first digit
constexpr std::size_t kMaxLimbs = 20;
constexpr unsigned char kExponentBias = 0xC0;
constexpr unsigned char kZeroByte = 0x80;
constexpr unsigned char kNegativeEnd = 102;  // after the limbs of a negative number: above all of them

constexpr std::array<Uint128, kMaxDigits + 1> make_powers() {
  std::array<Uint128, kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (int i = 1; i <= kMaxDigits; ++i)
    powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr auto kPowers = make_powers();

int digit_count(Uint128 n) {
  return static_cast<int>(std::upper_bound(kPowers.begin(), kPowers.end(), n) - kPowers.begin());
}

// Exponent of the first digit, as in scientific notation.
int leading_exponent(const Decimal& d) {
  return d.exponent + digit_count(d.coefficient) - 1;
}

struct Digits {
  std::array<char, 40> text;
  int count = 0;
};
Digits digits_of(Uint128 n) {
  Digits d;
  char reversed[40];
  constexpr std::uint64_t kChunk = 10'000'000'000'000'000'000u;
  std::uint64_t parts[3] = {static_cast<std::uint64_t>(n % kChunk),
                            static_cast<std::uint64_t>(n / kChunk % kChunk),
                            static_cast<std::uint64_t>(n / kChunk / kChunk)};
  int count = 0;
  for (int p = 0; p < 3; ++p) {
    bool last = p == 2 || (parts[p + 1] == 0 && (p == 1 || parts[2] == 0));
    for (int i = 0; last ? parts[p] != 0 : i < 19; ++i, parts[p] /= 10) {
      reversed[count++] = static_cast<char>('0' + parts[p] % 10);
    }
    if (last) break;
  }
  std::reverse_copy(reversed, reversed + count, d.text.begin());
  d.count = count;
  return d;
}

Decimal stripped(Uint128 coefficient, int exponent, bool negative) {
  if (coefficient == 0) return {};
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  return {coefficient, static_cast<std::int16_t>(exponent), negative};
}

base::Result<Decimal, NumberError> checked(Uint128 coefficient, int exponent, bool negative) {
  Decimal d = stripped(coefficient, exponent, negative);
  if (d.coefficient == 0) return d;
  int lead = leading_exponent(d);
  if (lead > kMaxExponent) return base::fail(NumberError::kOverflow);
  if (lead < kMinExponent) return base::fail(NumberError::kUnderflow);
  if (d.coefficient >= kPowers[kMaxDigits]) return base::fail(NumberError::kTooManyDigits);
  return d;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The parts of a number's text, gathered digit by digit; any number of digits.
struct Scan {
  Uint128 coefficient = 0;
  int significant = 0;     // digits in coefficient, or more when too_long
  long pending_zeros = 0;  // met, and not yet followed by another digit
  long after_point = 0;    // digits behind the point
  bool any = false;
  bool too_long = false;

  void take(char c, bool behind_point) {
    any = true;
    if (behind_point) ++after_point;
    if (c == '0') {
      if (significant > 0) ++pending_zeros;
      return;
    }
    long digits = significant + pending_zeros + 1;
    if (digits > kMaxDigits) {
      too_long = true;
    } else {
      coefficient = coefficient * kPowers[pending_zeros + 1] + static_cast<unsigned>(c - '0');
    }
    significant = static_cast<int>(std::min<long>(digits, 1'000'000'000));
    pending_zeros = 0;
  }
};

// nullopt: not an exponent.
std::optional<long> scan_exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 10) return std::nullopt;
  long value = 0;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

// Whether text is already in normal form, for the shapes that nearly all numbers have.
bool is_plainly_normal(std::string_view text) {
  if (text == "0") return true;
  std::size_t i = text.size() > 0 && text[0] == '-' ? 1 : 0;
  if (text.size() - i > kMaxDigits || i == text.size()) return false;
  if (text[i] == '0') {
    if (i + 2 >= text.size() || text[i + 1] != '.') return false;
  }
  bool point = false;
  for (std::size_t start = i; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (point || i == start) return false;
      point = true;
    } else if (!is_digit(text[i])) {
      return false;
    }
  }
  return !point || (text.back() != '0' && text.back() != '.');
}

}  // namespace

std::string number_error_message(NumberError error, std::string_view text) {
  switch (error) {
    case NumberError::kEmpty:
      return "The parameter cannot be converted to a numeric value";
    case NumberError::kNotNumeric:
      return fmt::format("The parameter cannot be converted to a numeric value: {}", text);
    case NumberError::kTooManyDigits:
      return "Attempting to store more than 38 significant digits in a Number";
    case NumberError::kOverflow:
      return "Number overflow. Attempting to store a number with magnitude larger than supported range";
    case NumberError::kUnderflow:
      return "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  }
  return {};
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  auto sign = [](const Decimal& d) { return d.coefficient == 0 ? 0 : d.negative ? -1 : 1; };
  if (auto c = sign(*this) <=> sign(other); c != 0 || coefficient == 0) return c;
  const Decimal& a = negative ? other : *this;
  const Decimal& b = negative ? *this : other;
  if (auto c = leading_exponent(a) <=> leading_exponent(b); c != 0) return c;
  Uint128 x = a.coefficient * kPowers[kMaxDigits - digit_count(a.coefficient)];
  Uint128 y = b.coefficient * kPowers[kMaxDigits - digit_count(b.coefficient)];
  return x < y   ? std::strong_ordering::less
         : x > y ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

base::Result<Decimal, NumberError> parse_number(std::string_view text) {
  if (text.empty()) return base::fail(NumberError::kEmpty);
  std::string_view rest = text;
  bool negative = rest[0] == '-';
  if (rest[0] == '+' || rest[0] == '-') rest.remove_prefix(1);
  Scan scan;
  bool point = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (is_digit(rest[i])) {
      scan.take(rest[i], point);
    } else if (rest[i] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (!scan.any) return base::fail(NumberError::kNotNumeric);
  long exponent = 0;
  if (i < rest.size()) {
    if (rest[i] != 'e' && rest[i] != 'E') return base::fail(NumberError::kNotNumeric);
    auto given = scan_exponent(rest.substr(i + 1));
    if (!given) return base::fail(NumberError::kNotNumeric);
    exponent = *given;
  }
  if (scan.significant == 0) return Decimal{};
  exponent += scan.pending_zeros - scan.after_point;
  long lead = exponent + scan.significant - 1;
  if (lead > kMaxExponent) return base::fail(NumberError::kOverflow);
  if (lead < kMinExponent) return base::fail(NumberError::kUnderflow);
  if (scan.too_long) return base::fail(NumberError::kTooManyDigits);
  return Decimal{scan.coefficient, static_cast<std::int16_t>(exponent), negative};
}

void append_text(std::string& out, const Decimal& number) {
  if (number.coefficient == 0) {
    out += '0';
    return;
  }
  if (number.negative) out += '-';
  Digits digits = digits_of(number.coefficient);
  const char* text = digits.text.data();
  int before_point = digits.count + number.exponent;
  if (number.exponent >= 0) {
    out.append(text, digits.count).append(number.exponent, '0');
  } else if (before_point > 0) {
    out.append(text, before_point).append(1, '.').append(text + before_point, digits.count - before_point);
  } else {
    out.append("0.").append(-before_point, '0').append(text, digits.count);
  }
}

std::string to_text(const Decimal& number) {
  std::string out;
  append_text(out, number);
  return out;
}

base::Result<std::string, NumberError> normalize_number(std::string_view text) {
  if (is_plainly_normal(text)) return std::string(text);
  auto number = parse_number(text);
  if (!number) return base::fail(number.error());
  return to_text(*number);
}

base::Result<Decimal, NumberError> add(const Decimal& a, const Decimal& b) {
  if (a.coefficient == 0) return b;
  if (b.coefficient == 0) return a;
  const Decimal& high = a.exponent >= b.exponent ? a : b;
  const Decimal& low = a.exponent >= b.exponent ? b : a;
  int gap = high.exponent - low.exponent;
  // Beyond twice the limit, 38 digits subtracted leave more than 38, ending in the non-zero last digit of
  // `low`.
  const Uint128 limit = 2 * kPowers[kMaxDigits];
  if (gap > kMaxDigits || high.coefficient > limit / kPowers[gap])
    return base::fail(NumberError::kTooManyDigits);
  Uint128 x = high.coefficient * kPowers[gap];
  Uint128 y = low.coefficient;
  if (high.negative == low.negative) return checked(x + y, low.exponent, high.negative);
  if (x >= y) return checked(x - y, low.exponent, high.negative);
  return checked(y - x, low.exponent, low.negative);
}

base::Result<Decimal, NumberError> subtract(const Decimal& a, const Decimal& b) {
  Decimal minus = b;
  if (minus.coefficient != 0) minus.negative = !minus.negative;
  return add(a, minus);
}

void append_sortable(std::string& out, const Decimal& number) {
  if (number.coefficient == 0) {
    out += static_cast<char>(kZeroByte);
    return;
  }
  Digits digits = digits_of(number.coefficient);
  int exponent = number.exponent + digits.count;  // the number is 0.ddd * 10^exponent
  int odd = exponent % 2 != 0 ? 1 : 0;            // a zero in front makes the pairs even
  unsigned char head = static_cast<unsigned char>(kExponentBias + (exponent + odd) / 2);
  out += static_cast<char>(number.negative ? ~head : head);
  std::size_t limbs = 0;
  for (int i = -odd; i < digits.count; i += 2, ++limbs) {
    int tens = i < 0 ? 0 : digits.text[i] - '0';
    int ones = i + 1 < digits.count ? digits.text[i + 1] - '0' : 0;
    int limb = tens * 10 + ones;
    out += static_cast<char>(number.negative ? 101 - limb : limb + 1);
  }
  if (number.negative && limbs < kMaxLimbs) out += static_cast<char>(kNegativeEnd);
}

std::optional<Decimal> from_sortable(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  auto head = static_cast<unsigned char>(bytes[0]);
  bytes.remove_prefix(1);
  if (bytes.empty()) return head == kZeroByte ? std::optional(Decimal{}) : std::nullopt;
  bool negative = head < kZeroByte;
  if (negative) {
    head = static_cast<unsigned char>(~head);
    if (static_cast<unsigned char>(bytes.back()) == kNegativeEnd) bytes.remove_suffix(1);
  }
  if (bytes.empty() || bytes.size() > kMaxLimbs) return std::nullopt;
  int exponent = (head - kExponentBias) * 2;
  Uint128 coefficient = 0;
  int digits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    int limb =
        negative ? 101 - static_cast<unsigned char>(bytes[i]) : static_cast<unsigned char>(bytes[i]) - 1;
    if (limb < 0 || limb > 99) return std::nullopt;
    // An odd digit at the end is left out, so that 38 digits that straddle 20 limbs fit.
    bool half = i + 1 == bytes.size() && limb % 10 == 0;
    digits += half ? 1 : 2;
    if (coefficient >= kPowers[half ? kMaxDigits - 1 : kMaxDigits - 2]) return std::nullopt;
    coefficient = half ? coefficient * 10 + limb / 10 : coefficient * 100 + limb;
  }
  auto number = checked(coefficient, exponent - digits, negative);
  return number && number->coefficient != 0 ? std::optional(*number) : std::nullopt;
}

std::size_t number_size(const Decimal& number) {
  if (number.coefficient == 0) return 1;
  int count = digit_count(number.coefficient);
  int odd = (number.exponent + count) % 2 != 0 ? 1 : 0;
  std::size_t limbs = static_cast<std::size_t>((count + odd + 1) / 2);
  return 1 + limbs + (number.negative && limbs < kMaxLimbs ? 1 : 0);
}

Decimal from_normal_text(std::string_view text) {
  auto number = parse_number(text);
  return number ? *number : Decimal{};
}

}  // namespace millrace::table
