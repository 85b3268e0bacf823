#include "store/group.h"

namespace millrace::store {

namespace {
constexpr std::size_t kKeptBytes = 1 << 20;  // a batch that grew larger gives its memory back

std::size_t varint_size(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 128; value >>= 7)
    ++size;
  return size;
}
}  // namespace

void Group::clear() {
  if (batch.GetDataSize() > kKeptBytes) {
    batch = rocksdb::WriteBatch();
  } else {
    batch.Clear();
  }
  for (auto& overlay : overlays)
    overlay.clear();
  tickets.clear();
  appended.clear();
}

GroupBatch::GroupBatch(Group& group, const Database& database, Sequence& counter)
    : group_(group),
      database_(database),
      counter_(counter),
      counter_before_(counter),
      appended_before_(group.appended.size()) {
  group_.batch.SetSavePoint();
}

// WriteBatch copies key and value to the end of its bytes, the value last, each after its length.
void GroupBatch::put_in(Space space, std::string_view key, std::string_view value) {
  group_.batch.Put(database_.handle(space), slice(key), slice(value));
  const std::size_t value_offset = group_.batch.GetDataSize() - value.size();
  const std::size_t key_offset = value_offset - varint_size(value.size()) - key.size();
  changes_.push_back({space, false, key_offset, key.size(), value_offset, value.size(), nullptr});
}

void GroupBatch::put(std::string_view key, std::string_view value) {
  put_in(Space::kItems, key, value);
}

void GroupBatch::del(std::string_view key) {
  group_.batch.Delete(database_.handle(Space::kItems), slice(key));
  changes_.push_back(
      {Space::kItems, true, group_.batch.GetDataSize() - key.size(), key.size(), 0, 0, nullptr});
}

void GroupBatch::del_range_in(Space space, KeyRange range) {
  if (range.begin >= range.end) return;
  group_.batch.DeleteRange(database_.handle(space), range.begin, range.end);
  changes_.push_back({space, true, 0, 0, 0, 0, std::make_unique<KeyRange>(std::move(range))});
}

void GroupBatch::del_range(const KeyRange& range) {
  del_range_in(Space::kItems, {range.begin, end_or_last(range.end)});
}

void GroupBatch::append(LogId log, std::string_view record) {
  const Sequence sequence = ++counter_;
  put_in(Space::kLogs, log_key(log, sequence), record);
  group_.appended.emplace_back(log, sequence);
}

void GroupBatch::trim(LogId log, Sequence up_to) {
  del_range_in(Space::kLogs, log_range(log, 0, up_to));
}

Sequence GroupBatch::accept() {
  group_.batch.PopSavePoint();
  const std::string_view bytes = group_.batch.Data();
  for (const Change& change : changes_) {
    Overlay& overlay = group_.overlays[static_cast<std::size_t>(change.space)];
    if (change.range) {
      overlay.del_range(*change.range);
    } else {
      overlay.put(bytes.substr(change.key_offset, change.key_size),
                  {change.value_offset, change.value_size, change.deleted});
    }
  }
  return counter_ == counter_before_ ? 0 : counter_;
}

void GroupBatch::refuse() {
  group_.batch.RollbackToSavePoint();
  group_.appended.resize(appended_before_);
  counter_ = counter_before_;
}

}  // namespace millrace::store
