#include <algorithm>
#include <array>

#include "engines/table/expression.h"

namespace millrace::table {
namespace {

constexpr auto kReserved = std::to_array<std::string_view>({
#include "engines/table/reserved_words.inc"
});
static_assert(kReserved.size() == 573 && std::is_sorted(kReserved.begin(), kReserved.end()));

constexpr std::size_t longest() {
  std::size_t length = 0;
  for (auto word : kReserved)
    length = std::max(length, word.size());
  return length;
}

}  // namespace

bool is_reserved_word(std::string_view word) {
  std::array<char, longest()> upper;
  if (word.size() > upper.size()) return false;
  std::transform(word.begin(), word.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return std::binary_search(kReserved.begin(), kReserved.end(), std::string_view(upper.data(), word.size()));
}

}  // namespace millrace::table
