#include "engines/table/history.h"

#include <algorithm>
#include <map>

#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Visit;

// Small enough that a step delays nobody (as in backfill.cc).
constexpr std::size_t kItemsPerPage = 128;
constexpr std::size_t kBytesPerPage = 256 * 1024;
constexpr std::size_t kStampBytes = 8;
constexpr Stamp kNewest = ~Stamp{0};  // no write has it

// A value: one byte that says whether there was an item, then the item.
constexpr char kAbsent = '0';
constexpr char kPresent = '1';

using Items = std::map<std::string, std::string, std::less<>>;

// Fills `page` up to its bounds with what is there now.
base::Result<void, StoreError> read_present(Reader& view, TableId table, std::string_view after, Items& items,
                                            PastPage& page) {
  const std::string prefix = items_prefix(table);
  store::KeyRange range = store::prefix_range(prefix);
  if (!after.empty()) range.begin = prefix + std::string(after) + '\0';
  std::size_t bytes = 0;
  return view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view stored) {
    key.remove_prefix(prefix.size());
    items.emplace_hint(items.end(), key, stored);
    bytes += stored.size();
    if (items.size() < kItemsPerPage && bytes < kBytesPerPage) return Visit::kContinue;
    page.last = false;
    page.next = key;
    return Visit::kStop;
  });
}

struct Old {
  std::string primary_key;
  std::string value;
};

// The first entry at or after a key of the history.
base::Result<std::optional<Old>, StoreError> first_entry(Reader& view, TableId table, std::string begin) {
  const std::size_t prefix = history_prefix(table).size();
  store::KeyRange range = store::prefix_range(history_prefix(table));
  range.begin = std::move(begin);
  std::optional<Old> found;
  auto done = view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
    key.remove_prefix(prefix);
    key.remove_suffix(kStampBytes);
    found = Old{std::string(key), std::string(value)};
    return Visit::kStop;
  });
  if (!done) return base::fail(done.error());
  return found;
}

// Ends the page behind this key.
void cut(PastPage& page, Items& items, const std::string& last) {
  page.last = false;
  page.next = last;
  items.erase(items.upper_bound(last), items.end());
}

// Puts back what was replaced after the stamp. Two look-ups for each item that has a history, however long that is.
base::Result<void, StoreError> undo(Reader& view, const ItemPlace& after, Stamp as_of, Items& items,
                                    PastPage& page) {
  std::string cursor = after.primary_key.empty() ? history_prefix(after.table)
                                                 : history_key(after.table, after.primary_key, kNewest);
  std::size_t seen = 0;
  std::size_t bytes = 0;
  for (;;) {
    auto any = first_entry(view, after.table, cursor);
    if (!any) return base::fail(any.error());
    if (!*any || (!page.last && (*any)->primary_key > page.next)) return {};
    const std::string primary_key = std::move((*any)->primary_key);
    auto later = first_entry(view, after.table, history_key(after.table, primary_key, as_of + 1));
    if (!later) return base::fail(later.error());
    if (*later && (*later)->primary_key == primary_key) {
      items.erase(primary_key);
      if ((*later)->value.front() == kPresent) items[primary_key] = (*later)->value.substr(1);
      bytes += (*later)->value.size();
    }
    if (++seen >= kItemsPerPage || bytes >= kBytesPerPage) {
      cut(page, items, primary_key);
      return {};
    }
    cursor = history_key(after.table, primary_key, kNewest);
  }
}

base::Result<Stamp, StoreError> last_stamp(Reader& view, TableId table) {
  auto stored = view.get(stamp_key(table));
  if (!stored) return base::fail(stored.error());
  if (!*stored) return Stamp{0};
  std::string_view bytes = **stored;
  return store::take_u64(bytes).value_or(0);
}

void put_stamp(Batch& batch, TableId table, Stamp stamp) {
  std::string value;
  store::append_u64(value, stamp);
  batch.put(stamp_key(table), value);
}

}  // namespace

Stamp stamp_at(base::WallTime time) {
  return static_cast<Stamp>(time.time_since_epoch().count());
}

base::Result<Stamp, StoreError> next_stamp(Reader& view, Batch& batch, TableId table, base::WallTime now) {
  auto last = last_stamp(view, table);
  if (!last) return last;
  const Stamp stamp = std::max(stamp_at(now), *last + 1);
  put_stamp(batch, table, stamp);
  return stamp;
}

base::Result<Stamp, StoreError> close_stamp(Reader& view, Batch& batch, TableId table, Stamp at_least) {
  auto last = last_stamp(view, table);
  if (!last) return last;
  const Stamp stamp = std::max(at_least, *last);
  put_stamp(batch, table, stamp);
  return stamp;
}

void keep_old(Batch& batch, const ItemPlace& place, Stamp stamp, const std::optional<std::string>& old) {
  batch.put(history_key(place.table, place.primary_key, stamp),
            old ? kPresent + *old : std::string(1, kAbsent));
  batch.put(history_time_key(place.table, stamp, place.primary_key), "h");
}

void remove_history(Batch& batch, TableId table) {
  batch.del_range(store::prefix_range(history_prefix(table)));
  batch.del_range(store::prefix_range(history_times_prefix(table)));
  batch.del(stamp_key(table));
}

base::Result<PastPage, StoreError> read_past(Reader& view, TableId table, std::optional<Stamp> as_of,
                                             std::string_view after) {
  PastPage page;
  page.last = true;
  Items items;
  auto present = read_present(view, table, after, items, page);
  if (!present) return base::fail(present.error());
  if (as_of) {
    auto undone = undo(view, {table, after}, *as_of, items, page);
    if (!undone) return base::fail(undone.error());
  }
  page.items.assign(std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
  return page;
}

base::Task<TableResult<std::size_t>> trim_history(store::Store& store, TableId table, Stamp before,
                                                  std::size_t limit) {
  const std::string prefix = history_times_prefix(table);
  store::KeyRange range{prefix, history_time_key(table, before, "")};
  std::vector<std::string> old;
  auto seen = co_await store.read([&](Reader& view) {
    old.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view) {
      old.emplace_back(key);
      return old.size() < limit ? Visit::kContinue : Visit::kStop;
    });
  });
  if (!seen) co_return base::fail(from_store(seen.error()));
  if (old.empty()) co_return std::size_t{0};
  auto decide = [&](Reader&, Batch& batch) -> base::Result<store::Verdict, StoreError> {
    for (const std::string& key : old) {
      std::string_view rest = std::string_view(key).substr(prefix.size());
      const Stamp stamp = store::take_u64(rest).value_or(0);
      batch.del(history_key(table, rest, stamp));
    }
    // One range instead of as many marks in front of the entries that stay.
    batch.del_range({prefix, old.back() + '\0'});
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  auto committed = co_await store.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  co_return old.size();
}

}  // namespace millrace::table
