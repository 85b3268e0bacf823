#include "wire/pattern.h"

#include <map>
#include <shared_mutex>
#include <stdexcept>
#include <string>

#include <boost/regex.hpp>

namespace millrace::wire {
namespace {

// Patterns are few (the model's), so the compiled ones are kept for the life of the process.
const boost::regex& compiled(std::string_view text) {
  static std::shared_mutex mutex;
  static std::map<const char*, boost::regex> cache;  // generated patterns are literals: their address names them
  {
    std::shared_lock lock(mutex);
    if (auto found = cache.find(text.data()); found != cache.end()) return found->second;
  }
  std::unique_lock lock(mutex);
  return cache.try_emplace(text.data(), text.begin(), text.end(), boost::regex::perl).first->second;
}

}  // namespace

bool matches(const CharRun& run, std::string_view text) {
  int count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      if (!run.others) return false;
      if ((byte & 0xC0) != 0x80) ++count;  // continuation bytes are no characters of their own
      continue;
    }
    if (((byte < 64 ? run.low >> byte : run.high >> (byte - 64)) & 1) == 0) return false;
    ++count;
  }
  return count >= run.min && (run.max < 0 || count <= run.max);
}

bool Pattern::search(std::string_view value) const {
  try {
    return boost::regex_match(value.begin(), value.end(), compiled(text_),
                              boost::match_default | boost::match_not_dot_newline);
  } catch (const std::runtime_error&) {  // Boost's "complexity exceeded"
    return false;
  }
}

}  // namespace millrace::wire
