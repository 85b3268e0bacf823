#include "engines/table/page_range.h"

#include "engines/table/item_validation.h"
#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::KeyRange;
using Ranged = base::Result<KeyRange, ExpressionError>;

constexpr std::string_view kBadStart = "The provided starting key is invalid";

auto invalid(std::string_view message) {
  return base::fail(ExpressionError{std::string(message)});
}

// All keys that start with `prefix` and whose next element satisfies the condition.
KeyRange sort_range(const std::string& prefix, const KeyCondition& condition) {
  std::string low = prefix;
  append_sort(low, *condition.low);
  const KeyRange whole = store::prefix_range(prefix);
  switch (condition.comparison) {
    case Comparison::kLt:
      return {whole.begin, low};
    case Comparison::kLe:
      return {whole.begin, store::prefix_range(low).end};
    case Comparison::kGt:
      return {store::prefix_range(low).end, whole.end};
    case Comparison::kGe:
      return {low, whole.end};
    case Comparison::kBeginsWith:
      low.resize(low.size() - 2);  // without the terminator
      return store::prefix_range(low);
    case Comparison::kBetween: {
      std::string high = prefix;
      append_sort(high, *condition.high);
      return {low, store::prefix_range(high).end};
    }
    default:
      return store::prefix_range(low);  // kEq: the checks let nothing else through
  }
}

constexpr std::string_view kMismatch = "The provided key element does not match the schema";

bool right_type(const Item& start, const KeyAttribute& key) {
  return key_type_of(*start.find(key.name)) == key.type;
}

// The table's own key within the starting key.
base::Result<void, ExpressionError> check_table_key(const TableDefinition& table, const Item& start) {
  Item key;
  for (const auto& [name, value] : start.members) {
    if (table.keys.has(name)) key.set(name, value);
  }
  if (auto checked = check_key(key, table.keys.view()); !checked)
    return invalid(std::string(kBadStart) + ": " + checked.error().message);
  return {};
}

// How many attributes a query's starting key has: the keys of the table and of the index.
std::size_t start_key_size(const TableDefinition& table, const IndexDefinition* index) {
  std::size_t size = table.keys.size();
  if (!index) return size;
  index->keys.each([&](const KeyAttribute& key, bool) {
    if (!table.keys.has(key.name)) ++size;
  });
  return size;
}

// One of the keys by which a query goes, in its starting key.
base::Result<void, ExpressionError> check_start_attribute(const KeySchema& keys, const Item& start,
                                                          std::string_view name) {
  if (!start.find(name)) return invalid(kBadStart);
  if (!right_type(start, *keys.find(name))) return invalid(kMismatch);
  return {};
}

base::Result<void, ExpressionError> check_start_in_query(const KeySchema& keys, const KeyQuery& query,
                                                         const Item& start) {
  bool same_partition = *start.find(keys.partition.name) == *query.partition[0];
  for (std::size_t i = 0; i < keys.more_partition.size(); ++i)
    same_partition = same_partition && *start.find(keys.more_partition[i].name) == *query.partition[i + 1];
  if (query.sort.empty()) {
    if (!same_partition)
      return invalid("The provided starting key is outside query boundaries based on provided conditions");
    return {};
  }
  for (const KeyCondition& condition : query.sort) {
    if (!matches(condition, *start.find(condition.name)))
      return invalid("The provided starting key does not match the range key predicate");
  }
  if (!same_partition) return invalid("The query can return at most one row and cannot be restarted");
  return {};
}

Ranged query_range(const TableDefinition& table, const IndexDefinition* index, const PageRequest& request) {
  const KeySchema& keys = index ? index->keys : table.keys;
  KeyAttributeCheck check_start;
  if (request.start_key) {
    if (request.start_key->members.size() != start_key_size(table, index)) return invalid(kBadStart);
    check_start = [&](std::string_view name) {
      return check_start_attribute(keys, *request.start_key, name);
    };
  }
  auto query = bind_key_conditions(*request.query, keys.view(), check_start);
  if (!query) return base::fail(std::move(query.error()));
  if (request.start_key) {
    if (auto checked = check_table_key(table, *request.start_key); !checked)
      return base::fail(std::move(checked.error()));
    if (auto checked = check_start_in_query(keys, *query, *request.start_key); !checked)
      return base::fail(std::move(checked.error()));
  }
  std::string prefix = index ? index_prefix(index->id) : items_prefix(table.id);
  append_partition(prefix, query->partition);
  if (query->sort.empty()) return store::prefix_range(prefix);
  for (std::size_t i = 0; i + 1 < query->sort.size(); ++i)
    append_sort(prefix, *query->sort[i].low);
  return sort_range(prefix, query->sort.back());
}

Ranged scan_range(const TableDefinition& table, const IndexDefinition* index, const PageRequest& request) {
  if (request.start_key) {
    if (auto checked = check_index_start(table, index, *request.start_key); !checked)
      return base::fail(std::move(checked.error()));
    if (auto checked = check_table_key(table, *request.start_key); !checked)
      return base::fail(std::move(checked.error()));
  }
  const std::string prefix = index ? index_prefix(index->id) : items_prefix(table.id);
  KeyRange range = store::prefix_range(prefix);
  if (request.total_segments <= 1) return range;
  const HashRange hashes = segment_range(request.segment, request.total_segments);
  if (request.start_key) {
    const KeySchema& keys = index ? index->keys : table.keys;
    const std::uint64_t hash = partition_hash(keys, *request.start_key);
    if (hash < hashes.first || hash > hashes.last)
      return invalid(
          "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
          "with correct Segment. TotalSegments: " +
          std::to_string(request.total_segments) + " Segment: " + std::to_string(request.segment));
  }
  range.begin = prefix;
  store::append_u64(range.begin, hashes.first);
  if (hashes.last != UINT64_MAX) {
    range.end = prefix;
    store::append_u64(range.end, hashes.last + 1);
  }
  return range;
}

}  // namespace

base::Result<void, ExpressionError> check_index_start(const TableDefinition& table,
                                                      const IndexDefinition* index, const Item& start) {
  if (start.members.size() != start_key_size(table, index)) {
    if (index) return invalid(kBadStart);
    return invalid(std::string(kBadStart) + ": " + std::string(kMismatch));
  }
  if (!index) return {};
  base::Result<void, ExpressionError> checked;
  index->keys.each([&](const KeyAttribute& key, bool) {
    if (checked) checked = check_start_attribute(index->keys, start, key.name);
  });
  return checked;
}

Ranged page_range(const TableDefinition& table, const IndexDefinition* index, const PageRequest& request) {
  Ranged range = request.query ? query_range(table, index, request) : scan_range(table, index, request);
  if (!range || !request.start_key) return range;
  std::string start =
      index ? index_entry_key(table, *index, *request.start_key) : item_key(table, *request.start_key);
  if (request.forward) {
    start += '\0';
    if (start > range->begin) range->begin = std::move(start);
  } else if (range->end.empty() || start < range->end) {
    range->end = std::move(start);
  }
  return range;
}

}  // namespace millrace::table
