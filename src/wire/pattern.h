// AWS's pattern constraints. Nearly all are a run of one character class, which the generator turns into a bitmap; the
// rest are Perl-like regular expressions, compiled on first use. A pattern must match the whole value.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

namespace millrace::wire {

struct CharRun {
  std::uint64_t low, high;  // bit per ASCII character
  bool others;              // characters above U+007F are in the class
  int min;
  int max;  // -1: no limit; both in characters
};
bool matches(const CharRun& run, std::string_view text);

// Whether the general matcher understands a pattern; tests ask this of every pattern in the models.
bool compiles(std::string_view text);

class Pattern {
 public:
  constexpr Pattern(std::string_view text, CharRun run) : text_(text), run_(run), simple_(true) {}
  constexpr explicit Pattern(std::string_view text) : text_(text), run_{}, simple_(false) {}

  std::string_view text() const { return text_; }
  // A value that would cost too much to match (the pattern backtracks) counts as no match. Any thread.
  bool matches(std::string_view value) const { return simple_ ? wire::matches(run_, value) : search(value); }

 private:
  bool search(std::string_view value) const;

  std::string_view text_;
  CharRun run_;
  bool simple_;
};

}  // namespace millrace::wire
