#include "engines/table/changes.h"

#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::Reader;
using store::StoreError;
using store::Visit;

constexpr std::size_t kWritesPerPage = 128;
constexpr std::size_t kBytesPerPage = 256 * 1024;
constexpr std::size_t kStampBytes = 8;
constexpr char kPresent = '1';  // as history.cc writes it

struct Entry {
  Stamp stamp = 0;
  std::optional<std::string> replaced;
};

// What the first write of an item at or after the stamp replaced.
base::Result<std::optional<Entry>, StoreError> first_write(Reader& view, const ItemPlace& place, Stamp from) {
  const std::string begin = history_key(place.table, place.primary_key, from);
  store::KeyRange range{begin, history_key(place.table, place.primary_key, ~Stamp{0}) + '\0'};
  std::optional<Entry> found;
  auto done = view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
    std::string_view stamp = key.substr(key.size() - kStampBytes);
    found = Entry{store::take_u64(stamp).value_or(0), {}};
    if (value.front() == kPresent) found->replaced = std::string(value.substr(1));
    return Visit::kStop;
  });
  if (!done) return base::fail(done.error());
  return found;
}

struct Write {
  std::string key;  // behind the prefix of times: stamp, then primary key
  Stamp stamp = 0;
  std::string primary_key;
};

base::Result<std::vector<Write>, StoreError> read_writes(Reader& view, TableId table,
                                                         const store::KeyRange& range) {
  const std::size_t prefix = history_times_prefix(table).size();
  std::vector<Write> writes;
  auto done = view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view) {
    key.remove_prefix(prefix);
    std::string_view rest = key;
    const Stamp stamp = store::take_u64(rest).value_or(0);
    writes.push_back({std::string(key), stamp, std::string(rest)});
    return writes.size() < kWritesPerPage ? Visit::kContinue : Visit::kStop;
  });
  if (!done) return base::fail(done.error());
  return writes;
}

// nullopt: a later write within the time tells of this item, or nothing is left to tell.
base::Result<std::optional<ItemChange>, StoreError> change_of(Reader& view, TableId table, const Write& write,
                                                              Stamp since, Stamp until) {
  const ItemPlace place{table, write.primary_key};
  auto later = first_write(view, place, write.stamp + 1);
  if (!later) return base::fail(later.error());
  if (*later && (*later)->stamp <= until) return std::optional<ItemChange>();
  auto first = first_write(view, place, since);
  if (!first) return base::fail(first.error());
  ItemChange change;
  change.last_write = write.stamp;
  if (*first) change.before = std::move((*first)->replaced);
  if (*later) {
    change.after = std::move((*later)->replaced);
  } else {
    auto now = view.get(items_prefix(table) + write.primary_key);
    if (!now) return base::fail(now.error());
    change.after = std::move(*now);
  }
  if (!change.before && !change.after) return std::optional<ItemChange>();
  return std::optional<ItemChange>(std::move(change));
}

}  // namespace

base::Result<ChangesPage, StoreError> read_changes(Reader& view, TableId table, Stamp since, Stamp until,
                                                   std::string_view after) {
  store::KeyRange range{history_time_key(table, since, ""), history_time_key(table, until + 1, "")};
  if (!after.empty()) range.begin = history_times_prefix(table) + std::string(after) + '\0';
  auto writes = read_writes(view, table, range);
  if (!writes) return base::fail(writes.error());
  ChangesPage page;
  page.last = writes->size() < kWritesPerPage;
  std::size_t bytes = 0;
  for (Write& write : *writes) {
    auto change = change_of(view, table, write, since, until);
    if (!change) return base::fail(change.error());
    page.next = std::move(write.key);
    if (!*change) continue;
    bytes += (*change)->before.value_or("").size() + (*change)->after.value_or("").size();
    page.changes.push_back(std::move(**change));
    if (bytes < kBytesPerPage || &write == &writes->back()) continue;
    page.last = false;
    break;
  }
  return page;
}

}  // namespace millrace::table
