// An alias: a name for a version, or for two by weight. Document in the catalog; pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::lambda {

struct AliasRecord {
  std::string name;
  std::string version;
  std::string description;
  std::string revision_id;
  std::map<std::string, double, std::less<>> weights;  // of further versions; the rest goes to `version`
};

std::string encode_alias(const AliasRecord& alias);
std::optional<AliasRecord> decode_alias(std::string_view document);
// The version for a point drawn from [0, 1).
std::string version_at(const AliasRecord& alias, double point);

}  // namespace millrace::lambda
