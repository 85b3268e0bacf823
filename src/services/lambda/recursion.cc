#include "services/lambda/recursion.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kLineage = "Lineage=";
constexpr std::size_t kMostFunctions = 64;  // in one header; AWS's own is bounded too

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Counts the function once more in "hash:count|hash:count".
std::string counted(std::string_view lineage, const std::string& own, int& count) {
  std::string out;
  std::size_t functions = 0;
  count = 1;
  for (const std::string& entry : split(lineage, '|')) {
    if (entry.starts_with(own + ":")) {
      int before = 0;
      std::from_chars(entry.data() + own.size() + 1, entry.data() + entry.size(), before);
      count = std::clamp(before, 0, 32767) + 1;
    } else if (++functions < kMostFunctions) {
      out += entry + "|";
    }
  }
  return out + fmt::format("{}:{}", own, count);
}

}  // namespace

Lineage extend_lineage(std::string_view header, std::string_view function_arn, base::WallTime now,
                       base::Random& random) {
  const std::string own = base::hex_encode(base::sha256(function_arn)).substr(0, 8);
  Lineage out;
  std::string lineage;
  bool rooted = false;
  for (const std::string& part : split(header, ';')) {
    if (part.starts_with(kLineage)) {
      lineage = part.substr(kLineage.size());
      continue;
    }
    rooted = rooted || part.starts_with("Root=");
    out.header += part + ";";
  }
  if (!rooted) {
    std::string id = base::make_uuid(random);
    std::erase(id, '-');
    out.header = fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0;", base::unix_millis(now) / 1000,
                             id.substr(0, 24), id.substr(16));
  }
  out.header += std::string(kLineage) + counted(lineage, own, out.count);
  return out;
}

}  // namespace millrace::lambda
