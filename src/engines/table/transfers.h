// Exports and imports: the records of them, and what they need of tables. The work itself (formats, objects) is a service's; each
// step of it ends with advance(), so that it goes on there after a restart, and who comes second to the same step does nothing.
// Any thread. Everything it is made with must outlive it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3forDynamoDB.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/table/changes.h"
#include "engines/table/definitions.h"
#include "engines/table/items.h"
#include "engines/table/table_error.h"
#include "engines/table/transfer.h"

namespace millrace::table {

class Transfers {
 public:
  Transfers(store::Store& store, Definitions& definitions, const base::Clock& clock)
      : store_(store), definitions_(definitions), items_(store, definitions, clock) {}

  struct NewTransfer {
    TransferName name;
    std::string request;
    std::string fingerprint;  // of what the token stands for
    std::string token;
    base::WallTime now{};
  };
  struct Begun {
    Transfer transfer;
    bool repeated = false;  // the token was known: nothing was begun
  };
  struct ExportTimes {
    std::optional<base::WallTime> time;   // exports: as of it; nullopt: now
    std::optional<base::WallTime> since;  // changes from it on, and before `time`
  };
  // From now on the table keeps history until finish(). kTableNotFound, kTableInUse, kRecoveryOff, kRestoreTime, kTokenReused.
  base::Task<TableResult<Begun>> begin_export(NewTransfer wanted, ExportTimes times);
  // Makes the table, which nobody else reads or writes until finish(). kTableExists, kTokenReused.
  base::Task<TableResult<Begun>> begin_import(NewTransfer wanted, TableDefinition table);

  base::Task<TableResult<std::optional<Transfer>>> find(TransferName name);
  struct ListRequest {
    TransferKind kind = TransferKind::kExport;
    std::string account;
    std::string region;
    std::string table;                  // empty: all
    std::optional<TransferName> after;  // exclusive
    std::size_t limit = 25;
  };
  struct ListPage {
    std::vector<Transfer> transfers;  // in the order of table, then time
    bool more = false;
  };
  base::Task<TableResult<ListPage>> list(ListRequest request);
  base::Task<TableResult<std::vector<Transfer>>> under_way(TransferKind kind);
  base::Task<TableResult<std::vector<TransferFile>>> files(TransferName name);

  // What an export reads next, behind its position.
  base::Task<TableResult<PastPage>> read_items(Transfer transfer);
  base::Task<TableResult<ChangesPage>> read_changes(Transfer transfer);

  // The table of a transfer under way; kTableNotFound.
  base::Task<TableResult<DefinitionPtr>> table_of(Transfer transfer);
  // Puts items that check_write() accepts, all at once; of those with one key the last stays. Not held to any throughput.
  base::Task<TableResult<void>> put_items(DefinitionPtr table, std::vector<Item> items);

  // From `seen` to `next`, with the file that was written. False: it is not at `seen` any more.
  base::Task<TableResult<bool>> advance(Transfer seen, Transfer next, std::optional<TransferFile> file);
  // `next` has a status other than in progress. The source is let go of, the new table shows itself; that of an import which failed
  // before it read anything goes away. False as above.
  base::Task<TableResult<bool>> finish(Transfer seen, Transfer next);
  // Forgets transfers that ended before.
  base::Task<TableResult<void>> forget(base::WallTime before);

 private:
  store::Store& store_;
  Definitions& definitions_;
  Items items_;
};

}  // namespace millrace::table
