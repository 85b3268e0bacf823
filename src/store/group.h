// Transactions that are written together: one WriteBatch, what later decisions must see of it, and who waits for it.
#pragma once

#include <array>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/write_batch.h>

#include "store/overlay.h"
#include "store/rocks_database.h"
#include "store/store.h"
#include "store/suspended.h"

namespace millrace::store {

// One waiting commit; lives in the frame of RocksStore::commit.
struct Ticket {
  Transaction* transaction = nullptr;
  std::unique_ptr<Suspended> who;
  base::Result<Committed, StoreError> result{};
  std::exception_ptr bug;  // thrown by decide()
};

struct Group {
  rocksdb::WriteBatch batch;
  std::array<Overlay, kSpaces> overlays;
  std::vector<Ticket*> tickets;
  std::vector<std::pair<LogId, Sequence>> appended;

  const Overlay& overlay(Space space) const { return overlays[static_cast<std::size_t>(space)]; }
  std::string_view value(const Overlay::Value& place) const {
    return std::string_view(batch.Data()).substr(place.offset, place.size);
  }
  bool has_writes() const { return batch.Count() > 0; }
  void clear();
};

// Gathers one decision's writes at the end of a group's batch; they join the group with accept() and vanish with refuse().
// Its own decision does not see them.
class GroupBatch final : public Batch {
 public:
  // `counter` is the store's sequence counter; it moves with every append and moves back on refuse().
  GroupBatch(Group& group, const Database& database, Sequence& counter);

  void put(std::string_view key, std::string_view value) override;
  void del(std::string_view key) override;
  void del_range(const KeyRange& range) override;
  void append(LogId log, std::string_view record) override;
  void trim(LogId log, Sequence up_to) override;

  // The sequence of the last append, 0 when there was none.
  Sequence accept();
  void refuse();

 private:
  struct Change {
    Space space;
    bool deleted;
    std::size_t key_offset, key_size, value_offset, value_size;
    std::unique_ptr<KeyRange> range;  // a range deletion when set
  };
  void put_in(Space space, std::string_view key, std::string_view value);
  void del_range_in(Space space, KeyRange range);

  Group& group_;
  const Database& database_;
  Sequence& counter_;
  const Sequence counter_before_;
  const std::size_t appended_before_;
  std::vector<Change> changes_;
};

}  // namespace millrace::store
