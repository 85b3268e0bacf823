// The parts of items that paths name.
#include "engines/table/expression_projection.h"

#include <algorithm>

#include "engines/table/expression.h"

namespace millrace::table {
namespace {

std::optional<Value> project_value(const Value& value, std::span<const Path> paths, std::size_t depth);

// Paths that agree in their element at `depth`, gathered at the front of `paths`; returns how many.
std::size_t gather(std::span<Path> paths, std::size_t depth) {
  const PathElement wanted = paths[0][depth];
  auto end =
      std::stable_partition(paths.begin(), paths.end(), [&](Path path) { return path[depth] == wanted; });
  return static_cast<std::size_t>(end - paths.begin());
}

std::optional<Value> project_map(const Map& map, std::vector<Path> paths, std::size_t depth) {
  Map result;
  for (std::span<Path> rest(paths); !rest.empty();) {
    std::size_t group = gather(rest, depth);
    const Value* child = rest[0][depth].is_index ? nullptr : map.find(rest[0][depth].name);
    auto part = child ? project_value(*child, rest.first(group), depth + 1) : std::nullopt;
    if (part) result.members.emplace_back(rest[0][depth].name, std::move(*part));
    rest = rest.subspan(group);
  }
  if (result.members.empty()) return std::nullopt;
  return Value{std::move(result)};
}

std::optional<Value> project_list(const List& list, std::vector<Path> paths, std::size_t depth) {
  std::stable_sort(paths.begin(), paths.end(),
                   [&](Path a, Path b) { return a[depth].index < b[depth].index; });
  List result;
  for (std::span<Path> rest(paths); !rest.empty();) {
    std::size_t group = gather(rest, depth);
    const PathElement& element = rest[0][depth];
    bool found = element.is_index && element.index < list.members.size();
    auto part =
        found ? project_value(list.members[element.index], rest.first(group), depth + 1) : std::nullopt;
    if (part) result.members.push_back(std::move(*part));
    rest = rest.subspan(group);
  }
  if (result.members.empty()) return std::nullopt;
  return Value{std::move(result)};
}

std::optional<Value> project_value(const Value& value, std::span<const Path> paths, std::size_t depth) {
  if (paths[0].size() == depth) return value;
  std::vector<Path> own(paths.begin(), paths.end());
  if (auto* map = std::get_if<Map>(&value.data)) return project_map(*map, std::move(own), depth);
  if (auto* list = std::get_if<List>(&value.data)) return project_list(*list, std::move(own), depth);
  return std::nullopt;
}

}  // namespace

Item project(const Item& item, std::span<const Path> paths) {
  Item result;
  bool all_plain = std::all_of(paths.begin(), paths.end(), [](Path path) { return path.size() == 1; });
  if (!all_plain) {
    auto part = project_map(item, {paths.begin(), paths.end()}, 0);
    return part ? std::move(std::get<Map>(part->data)) : Item{};
  }
  for (Path path : paths) {
    const Value* value = item.find(path[0].name);
    if (value) result.members.emplace_back(path[0].name, *value);
  }
  return result;
}

Item Projection::apply(const Item& item) const {
  std::vector<Path> paths(paths_.size());
  for (std::size_t i = 0; i < paths_.size(); ++i)
    paths[i] = path(i);
  return project(item, paths);
}

}  // namespace millrace::table
