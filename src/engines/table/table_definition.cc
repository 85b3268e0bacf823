#include "engines/table/table_definition.h"

#include <algorithm>
#include <array>

#include "engines/table/change_counts.h"

namespace millrace::table {
namespace {

constexpr std::array<std::string_view, 4> kViews = {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                                    "NEW_AND_OLD_IMAGES"};

void note_keys(const IndexDefinition& index, std::vector<IndexKeyAttribute>& out) {
  index.keys.each([&](const KeyAttribute& key, bool is_partition) {
    out.push_back({index.name, key.name, key.type, is_partition});
  });
}

}  // namespace

KeySchemaView KeySchema::view() const {
  KeySchemaView view;
  view.partition_name = partition.name;
  view.partition_type = partition.type;
  if (sort) {
    view.sort_name = sort->name;
    view.sort_type = sort->type;
  }
  view.more_partition = more_partition;
  view.more_sort = more_sort;
  return view;
}

const KeyAttribute* KeySchema::find(std::string_view attribute) const {
  const KeyAttribute* found = nullptr;
  each([&](const KeyAttribute& key, bool) {
    if (!found && key.name == attribute) found = &key;
  });
  return found;
}

bool IndexDefinition::projects(std::string_view attribute, const KeySchema& table_keys) const {
  if (projection == ProjectionType::kAll || keys.has(attribute) || table_keys.has(attribute)) return true;
  return projection == ProjectionType::kInclude &&
         std::ranges::find(non_key_attributes, attribute) != non_key_attributes.end();
}

std::string_view stream_view_name(StreamView view) {
  return kViews[static_cast<std::size_t>(view)];
}

std::optional<StreamView> parse_stream_view(std::string_view name) {
  const auto found = std::ranges::find(kViews, name);
  if (found == kViews.end()) return std::nullopt;
  return static_cast<StreamView>(found - kViews.begin());
}

std::uint32_t Throughput::decreases_today(base::WallTime now) const {
  using std::chrono::days;
  const bool is_today = std::chrono::floor<days>(last_decrease) == std::chrono::floor<days>(now);
  return is_today ? decreases : 0;
}

const IndexDefinition* TableDefinition::find_index(std::string_view index_name) const {
  const auto found = std::ranges::find(indexes, index_name, &IndexDefinition::name);
  return found == indexes.end() ? nullptr : &*found;
}

bool TableDefinition::has_local_indexes() const {
  return std::ranges::any_of(indexes, [](const IndexDefinition& index) { return !index.global; });
}

std::string TableDefinition::arn() const {
  return "arn:aws:dynamodb:" + name.region + ":" + name.account + ":table/" + name.name;
}

std::string TableDefinition::stream_arn() const {
  return arn() + "/stream/" + stream->label;
}

void TableDefinition::seal() {
  std::ranges::stable_sort(indexes, [](const auto& a, const auto& b) { return a.global && !b.global; });
  index_keys_.clear();
  for (const IndexDefinition& index : indexes)
    note_keys(index, index_keys_);
  changes_ = nullptr;
}

bool TableDefinition::surely_current() const {
  return changes_ && changes_->begun.load() == changes_seen_;
}

void TableDefinition::watch(std::shared_ptr<const DefinitionChanges> changes, std::uint64_t seen) {
  changes_ = std::move(changes);
  changes_seen_ = seen;
}

}  // namespace millrace::table
