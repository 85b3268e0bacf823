// Backups and restores: what can be asked for. The copying itself is work beside requests (copying.h); each request here is one
// commit that writes down what shall be there and the copy that makes it so.
// Any thread. Everything it is made with must outlive it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup-and-Restore.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/table/backup.h"
#include "engines/table/definitions.h"
#include "engines/table/table_error.h"

namespace millrace::table {

// Written by Definitions::remove()'s `also` for a table with point-in-time recovery: its items become the backup's.
void put_system_backup(store::Batch& batch, const Backup& backup);

class Backups {
 public:
  Backups(store::Store& store, Definitions& definitions) : store_(store), definitions_(definitions) {}

  struct NewBackup {
    BackupName name;
    std::string title;
    base::WallTime now{};
  };
  // kTableNotFound, kTableInUse.
  base::Task<TableResult<Backup>> create(NewBackup wanted);
  // kBackupNotFound.
  base::Task<TableResult<Backup>> find(BackupName name);
  // kBackupNotFound, kBackupInUse. Gives what it was.
  base::Task<TableResult<Backup>> remove(BackupName name);

  struct ListRequest {
    std::string account;
    std::string region;
    std::string table;                // empty: all
    std::optional<BackupName> after;  // exclusive
  };
  // All of them, in the order of table, then time.
  base::Task<TableResult<std::vector<Backup>>> list(ListRequest request);

  // Makes the target from what the source was: keys, indexes and settings, given its name and times; may refuse. Pure, may run
  // again. All indexes of the result are filled before the table shows itself.
  using MakeTarget = std::function<TableResult<TableDefinition>(const TableDefinition& source)>;
  // kBackupNotFound, kBackupInUse, kTableExists.
  base::Task<TableResult<DefinitionPtr>> restore(BackupName from, TableName target, MakeTarget make);
  // nullopt: as it is now. kTableNotFound, kTableInUse, kRecoveryOff, kRestoreTime, kTableExists.
  struct PastTable {
    TableName table;
    std::optional<base::WallTime> time;
    base::WallTime now{};
  };
  base::Task<TableResult<DefinitionPtr>> restore(PastTable from, TableName target, MakeTarget make);

  // Forgets system backups whose time has come.
  base::Task<TableResult<void>> remove_expired(base::WallTime now);

 private:
  store::Store& store_;
  Definitions& definitions_;
};

// The times a table with point-in-time recovery can be restored to.
struct RecoveryWindow {
  base::WallTime earliest{};
  base::WallTime latest{};
};
RecoveryWindow recovery_window(const PointInTimeRecovery& recovery, base::WallTime now);

}  // namespace millrace::table
