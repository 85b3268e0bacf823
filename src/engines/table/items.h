// Reading and writing items by key, one or many, atomically. Checks against the schema are made here, with AWS's
// messages; whoever calls has checked and parsed the request's own parameters.
// Any thread. Everything it is made with must outlive it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/table/definitions.h"
#include "engines/table/item_write.h"
#include "engines/table/stream_shards.h"
#include "engines/table/table_error.h"
#include "engines/table/throttle.h"

namespace millrace::table {

// One item of a write. What `write` points to must outlive the task.
struct TableWrite {
  DefinitionPtr table;
  ItemWrite write;
};
// What a write did.
struct WriteOutcome {
  DefinitionPtr table;  // the definition it was decided by
  std::optional<std::string> old_stored;
  std::string new_stored;  // empty: there is no item
  std::vector<IndexChange> index_changes;
  bool changed = false;
};

struct TableRead {
  DefinitionPtr table;
  const Item* key = nullptr;
  bool consistent = true;  // for what it costs: every read is consistent
};

// Makes a transaction happen at most once in ten minutes (TransactWriteItems' ClientRequestToken).
struct IdempotencyToken {
  std::string account;
  std::string region;
  std::string token;
  std::string fingerprint;  // of the request: the same token with another one is refused
};

struct TransactionOutcome {
  std::vector<WriteOutcome> writes;
  bool repeated = false;  // the token was known: nothing was done now
};

class ItemsTransaction;

class Items {
 public:
  // `throttle`: null when nobody is held to the provisioned throughput; else kThrottled is possible everywhere, except for
  // deletions by time to live.
  // `shards` hears what streams take; null: their shards are never split.
  Items(store::Store& store, Definitions& definitions, const base::Clock& clock, Throttle* throttle = nullptr,
        StreamShards* shards = nullptr)
      : store_(store), definitions_(definitions), clock_(clock), throttle_(throttle), shards_(shards) {}

  // The stored bytes, or nullopt. kInvalid, kTableNotFound.
  base::Task<TableResult<std::optional<std::string>>> get(DefinitionPtr table, const Item& key,
                                                          bool consistent = true);
  // All in one view, in the order asked; each costs `factor` times its units.
  base::Task<TableResult<std::vector<std::optional<std::string>>>> get_all(std::vector<TableRead> reads,
                                                                           double factor = 1);

  // kInvalid, kConditionFailed, kDuplicateItem, kTableNotFound.
  base::Task<TableResult<WriteOutcome>> write(DefinitionPtr table, ItemWrite write);
  // All or nothing, for writes of different items. `decided`, when given, sees every refusal as a reason
  // (kTransactionCanceled); without it (batches, which have no conditions) the first one is the error.
  enum class Refusals { kFirst, kReasons };
  base::Task<TableResult<TransactionOutcome>> write_all(std::vector<TableWrite> writes, Refusals refusals,
                                                        std::optional<IdempotencyToken> token = {});

 private:
  std::optional<TableError> hold(const std::vector<TableWrite>& writes, Refusals refusals) const;
  bool admits(const std::vector<TableRead>& reads) const;
  void charge(const ItemsTransaction& transaction, const std::vector<TableWrite>& writes,
              double factor) const;
  void count_appended(const ItemsTransaction& transaction, const std::vector<TableWrite>& writes) const;

  store::Store& store_;
  Definitions& definitions_;
  const base::Clock& clock_;
  Throttle* throttle_;
  StreamShards* shards_;
};

}  // namespace millrace::table
