// JSON string contents, as canonical items have them: what needs an escape, and where it stands. Pure; any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace::table {

constexpr bool needs_json_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

namespace detail {

// A bit for each byte of the word that needs an escape; exact up to the first.
template <class Word>
Word bytes_to_escape(Word word) {
  constexpr Word kOnes = static_cast<Word>(0x0101010101010101u);
  constexpr Word kHigh = static_cast<Word>(0x8080808080808080u);
  const Word quote = word ^ (kOnes * '"');
  const Word slash = word ^ (kOnes * '\\');
  return (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash)) & kHigh;
}

// Below sixteen bytes: two words that overlap.
template <class Word>
std::size_t plain_prefix_by_words(std::string_view text) {
  Word front;
  Word back;
  const std::size_t behind = text.size() - sizeof(Word);
  std::memcpy(&front, text.data(), sizeof(Word));
  std::memcpy(&back, text.data() + behind, sizeof(Word));
  if (Word found = bytes_to_escape(front)) return static_cast<std::size_t>(std::countr_zero(found)) / 8;
  if (Word found = bytes_to_escape(back))
    return behind + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  return text.size();
}

#if defined(__SSE2__)
inline unsigned bytes_to_escape_of_16(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), controls)));
}
#endif

}  // namespace detail

// Length of the front part without a character that needs an escape.
inline std::size_t plain_json_prefix(std::string_view text) {
  std::size_t i = 0;
#if defined(__SSE2__)
  for (; i + 16 <= text.size(); i += 16) {
    if (unsigned found = detail::bytes_to_escape_of_16(text.data() + i)) {
      return i + static_cast<std::size_t>(std::countr_zero(found));
    }
  }
  if (i == text.size()) return i;
  if (i > 0) {
    const std::size_t last = text.size() - 16;
    const unsigned found = detail::bytes_to_escape_of_16(text.data() + last);
    return found != 0 ? last + static_cast<std::size_t>(std::countr_zero(found)) : text.size();
  }
  if (text.size() >= 8) return detail::plain_prefix_by_words<std::uint64_t>(text);
#endif
  if (text.size() >= 4 && text.size() < 8) return detail::plain_prefix_by_words<std::uint32_t>(text);
  while (i < text.size() && !needs_json_escape(static_cast<unsigned char>(text[i])))
    ++i;
  return i;
}

}  // namespace millrace::table
