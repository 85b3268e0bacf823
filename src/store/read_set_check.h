// Holds a decision to its word: reading a key, range or log that its transaction did not name throws std::logic_error.
// Tests run their stores with it (RocksOptions::check_read_sets; the in-memory store always).
#pragma once

#include "store/store.h"

namespace millrace::store {

class ReadSetCheck final : public Reader {
 public:
  ReadSetCheck(Reader& view, const Transaction& transaction) : view_(view), transaction_(transaction) {}

  base::Result<std::optional<std::string>, StoreError> get(std::string_view key) override;
  base::Result<void, StoreError> scan(const KeyRange& range, Order order,
                                      const KeyValueVisitor& visit) override;
  base::Result<void, StoreError> read_log(LogId log, Sequence from, const LogVisitor& visit) override;
  base::Result<Sequence, StoreError> log_first(LogId log) override;
  base::Result<Sequence, StoreError> log_last(LogId log) override;
  Sequence now() override { return view_.now(); }

 private:
  void need_log(LogId log) const;

  Reader& view_;
  const Transaction& transaction_;
};

}  // namespace millrace::store
