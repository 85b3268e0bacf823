// The store transaction behind every write of items. Internal to the engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/table/items.h"
#include "store/store.h"

namespace millrace::table {

class ItemsTransaction final : public store::Transaction {
 public:
  // Pointers in `writes` must outlive this; check_write() must have passed for each.
  ItemsTransaction(const std::vector<TableWrite>& writes, base::WallTime now,
                   const std::optional<IdempotencyToken>* token = nullptr);

  base::Result<store::Verdict, store::StoreError> decide(store::Reader& view, store::Batch& batch) override;

  // Results of the last attempt.
  bool stale = false;         // a definition was old: refresh and try again
  bool refused = false;       // a decision refused: look at `decisions`
  bool repeated = false;      // the token was used for this request
  bool token_reused = false;  // ... for another one
  std::vector<ItemDecision> decisions;
  std::vector<std::optional<std::string>> old;
  struct Appended {
    std::size_t write = 0;   // its place among the writes
    std::uint64_t hash = 0;  // of the partition key
  };
  std::vector<Appended> appended;  // records of the tables' streams

 private:
  enum class Token { kFresh, kDone };
  base::Result<Token, store::StoreError> check_token(store::Reader& view, store::Batch& batch);
  base::Result<bool, store::StoreError> all_current(store::Reader& view) const;
  base::Result<void, store::StoreError> apply(store::Reader& view, store::Batch& batch);
  base::Result<void, store::StoreError> keep_history(store::Reader& view, store::Batch& batch,
                                                     const TableDefinition& table) const;
  void apply_one(std::size_t i, store::Batch& batch);

  const std::vector<TableWrite>& writes_;
  const base::WallTime now_;
  const IdempotencyToken* token_ = nullptr;
  std::vector<std::string> item_keys_;
  std::vector<const TableDefinition*> tables_;  // each once
};

}  // namespace millrace::table
