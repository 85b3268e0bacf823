#include "wire/pattern.h"

#include <map>
#include <shared_mutex>
#include <stdexcept>
#include <string>

// Bounds the work of one match: a pattern that backtracks must not become a way to stop the server.
#define BOOST_REGEX_MAX_STATE_COUNT 1000000
#include <boost/regex.hpp>

namespace millrace::wire {
namespace {

// Java takes a hyphen after a range ("[a-z0-9-_]") as itself; Boost wants it escaped.
std::string to_boost(std::string_view text) {
  std::string out;
  bool in_class = false, after_range = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      out += c;
      out += text[++i];
      after_range = true;  // an escaped class or character cannot begin a range in the models
    } else if (!in_class) {
      in_class = c == '[';
      after_range = false;
      out += c;
    } else if (c == ']') {
      in_class = false;
      out += c;
    } else if (c == '-' && after_range && i + 1 < text.size() && text[i + 1] != ']') {
      out += "\\-";
      after_range = false;
    } else if (i + 2 < text.size() && text[i + 1] == '-' && text[i + 2] != ']' && text[i + 2] != '\\') {
      out += text.substr(i, 3);
      i += 2;
      after_range = true;
    } else {
      out += c;
    }
  }
  return out;
}

boost::regex compile(std::string_view text) {
  return boost::regex(to_boost(text), boost::regex::perl);
}

// Patterns are few (the model's), so the compiled ones are kept for the life of the process.
const boost::regex& compiled(std::string_view text) {
  static std::shared_mutex mutex;
  static std::map<const char*, boost::regex>
      cache;  // generated patterns are literals: their address names them
  {
    std::shared_lock lock(mutex);
    if (auto found = cache.find(text.data()); found != cache.end()) return found->second;
  }
  std::unique_lock lock(mutex);
  return cache.try_emplace(text.data(), compile(text)).first->second;
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

bool compiles(std::string_view text) {
  try {
    return !compile(text).empty();
  } catch (const boost::regex_error&) {
    return false;
  }
}

bool Pattern::search(std::string_view value) const {
  const boost::regex& regex = compiled(text_);
  try {
    return boost::regex_match(value.begin(), value.end(), regex,
                              boost::match_default | boost::match_not_dot_newline);
  } catch (const std::runtime_error&) {  // Boost's "complexity exceeded"
    return false;
  }
}

}  // namespace millrace::wire
