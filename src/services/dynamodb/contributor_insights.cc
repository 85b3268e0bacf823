#include "services/dynamodb/contributor_insights.h"

#include <charconv>

#include "services/dynamodb/describe.h"

namespace millrace::dynamodb {
namespace {

constexpr std::string_view kSetting = "ContributorInsights";

std::string setting_name(const std::optional<std::string>& index) {
  return index ? index_setting(kSetting, *index) : std::string(kSetting);
}

}  // namespace

// A value: microseconds, a space, the mode.
std::optional<Insights> find_insights(const table::TableDefinition& table,
                                      const std::optional<std::string>& index) {
  const auto found = table.settings.find(setting_name(index));
  if (found == table.settings.end()) return std::nullopt;
  const std::string& value = found->second;
  std::int64_t micros = 0;
  const auto end = std::from_chars(value.data(), value.data() + value.size(), micros).ptr;
  const auto used = static_cast<std::size_t>(end - value.data());
  return Insights{value.substr(std::min(used + 1, value.size())),
                  base::WallTime(std::chrono::microseconds(micros))};
}

void set_insights(table::TableDefinition& table, const std::optional<std::string>& index,
                  const std::optional<Insights>& insights) {
  if (insights)
    table.settings[setting_name(index)] =
        std::to_string(insights->since.time_since_epoch().count()) + " " + insights->mode;
  else
    table.settings.erase(setting_name(index));
}

}  // namespace millrace::dynamodb
