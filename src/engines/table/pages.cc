#include "engines/table/pages.h"

#include "engines/table/item_codec.h"
#include "engines/table/item_write.h"
#include "engines/table/page_range.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Reader;
using store::StoreError;
using store::Visit;

// Reads one page in one view. Run again from the start when the store asks.
class PageReader {
 public:
  PageReader(const TableDefinition& table, const IndexDefinition* index, const PageRequest& request,
             store::KeyRange range)
      : table_(table), index_(index), request_(request), range_(std::move(range)) {
    whole_from_table_ = index && request.fetch_whole_items && index->projection != ProjectionType::kAll;
  }

  base::Result<void, StoreError> run(Reader& view) {
    page = {};
    fetched_.clear();
    last_.clear();
    bool full = false;
    auto done = view.scan(range_, request_.forward ? store::Order::kAscending : store::Order::kDescending,
                          [&](std::string_view, std::string_view stored) {
                            full = take(stored);
                            return full ? Visit::kStop : Visit::kContinue;
                          });
    if (!done) return done;
    if (whole_from_table_) {
      if (auto fetched = fetch(view); !fetched) return fetched;
    }
    if (full) page.last_key = last_key();
    auto current = is_current(view, table_);
    if (!current) return base::fail(current.error());
    stale = !*current;
    return {};
  }

  Page page;
  bool stale = false;

 private:
  // True when the page is full.
  bool take(std::string_view stored) {
    const std::size_t size = stored_size(stored);
    (index_ ? page.index_bytes : page.table_bytes) += size;
    ++page.scanned;
    const bool full = (request_.limit != 0 && page.scanned >= request_.limit) ||
                      page.index_bytes + page.table_bytes >= kPageBytes;
    if (full) last_ = stored;
    if (whole_from_table_)
      fetched_.emplace_back(stored);
    else
      give(stored);
    return full;
  }

  void give(std::string_view stored) {
    if (!request_.filter && ((!request_.projection && !request_.reshape) || request_.count_only)) {
      ++page.count;
      if (!request_.count_only) next_item().append(stored_json(stored));
      return;
    }
    auto item = decode_stored(stored);
    if (!item || (request_.filter && !request_.filter->matches(*item))) return;
    ++page.count;
    if (request_.count_only) return;
    if (request_.projection)
      append_json(next_item(), request_.projection->apply(*item));
    else if (request_.reshape)
      append_json(next_item(), (*request_.reshape)(*item));
    else
      next_item().append(stored_json(stored));
  }

  std::string& next_item() {
    if (!page.items.empty()) page.items += ',';
    return page.items;
  }

  base::Result<void, StoreError> fetch(Reader& view) {
    for (const std::string& entry : fetched_) {
      auto projected = decode_stored(entry);
      if (!projected) continue;
      auto stored = view.get(item_key(table_, *projected));
      if (!stored) return base::fail(stored.error());
      if (!*stored) continue;
      page.table_bytes += stored_size(**stored);
      give(**stored);
    }
    return {};
  }

  std::string last_key() const {
    auto item = decode_stored(last_);
    if (!item) return {};
    Item key = key_of(table_.keys, *item);
    if (index_) {
      for (const auto& [name, value] : key_of(index_->keys, *item).members)
        key.set(name, value);
    }
    return to_json(key);
  }

  const TableDefinition& table_;
  const IndexDefinition* index_;
  const PageRequest& request_;
  const store::KeyRange range_;
  bool whole_from_table_ = false;
  std::vector<std::string> fetched_;
  std::string last_;
};

TableResult<const IndexDefinition*> find_index(const TableDefinition& table, const PageRequest& request) {
  if (request.index_name.empty()) return nullptr;
  const IndexDefinition* index = table.find_index(request.index_name);
  if (!index)
    return table_error(TableErrorKind::kInvalid,
                       "The table does not have the specified index: " + std::string(request.index_name));
  if (index->status != IndexStatus::kActive)
    return table_error(TableErrorKind::kInvalid,
                       "Cannot read from backfilling global secondary index: " + index->name);
  return index;
}

// What a local index fetched from the table costs the table.
void charge(Throttle& throttle, const TableDefinition& table, const IndexDefinition* index,
            const PageRequest& request, const Page& page) {
  if (!index || page.table_bytes > 0)
    throttle.charge_read(table, nullptr, read_units(page.table_bytes, request.consistent));
  if (index) throttle.charge_read(table, index, read_units(page.index_bytes, request.consistent));
}

}  // namespace

base::Task<TableResult<Page>> Pages::read(DefinitionPtr table, const PageRequest& request,
                                          const Check& check) {
  for (;;) {
    auto index = find_index(*table, request);
    if (!index) co_return base::fail(std::move(index.error()));
    auto range = page_range(*table, *index, request);
    if (!range) co_return table_error(TableErrorKind::kInvalid, std::move(range.error().message));
    if (auto checked = check(*table, *index); !checked) co_return base::fail(std::move(checked.error()));
    if (throttle_ && !throttle_->admits_read(*table, *index))
      co_return table_error(TableErrorKind::kThrottled);
    PageReader reader(*table, *index, request, std::move(*range));
    auto done = co_await store_.read([&reader](Reader& view) { return reader.run(view); });
    if (!done) co_return base::fail(from_store(done.error()));
    if (!reader.stale) {
      if (throttle_) charge(*throttle_, *table, *index, request, reader.page);
      co_return std::move(reader.page);
    }
    auto newer = co_await definitions_.refresh(table);
    if (!newer) co_return base::fail(std::move(newer.error()));
    table = std::move(*newer);
  }
}

}  // namespace millrace::table
