// What a backup is, and what a copy under way is. Plain data; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDetails.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "engines/table/history.h"
#include "engines/table/table_definition.h"

namespace millrace::table {

// How an ARN names a backup.
struct BackupName {
  TableName table;  // the table that it was made of, under its name then
  std::string id;   // "01489602797149-73d8d5bc"
  bool operator==(const BackupName&) const = default;
};
std::string backup_arn(
    const BackupName& name);  // arn:aws:dynamodb:<region>:<account>:table/<name>/backup/<id>
std::optional<BackupName> parse_backup_arn(std::string_view arn);
// Ids of one table are in the order of their time.
std::string make_backup_id(base::Random& random, base::WallTime now);

enum class BackupType : std::uint8_t { kUser, kSystem };

// Immutable once it is available; its items stand where a table's would, under `data`.
struct Backup {
  BackupName name;
  std::string title;  // BackupName of the API
  BackupType type = BackupType::kUser;
  bool available = false;
  base::WallTime created{};
  base::WallTime expires{};  // epoch: never
  TableId data = 0;
  std::uint32_t readers = 0;  // restores under way
  Counters size;
  DefinitionPtr definition;  // of the table, then
};
// docs/formats/table.md. Decoding answers nullopt when the bytes are no backup.
std::string encode_backup(const Backup& backup);
std::optional<Backup> decode_backup(std::string_view bytes);

// From a table as of a stamp, or from a backup, into a backup or a table. Durable: goes on after a restart.
struct Copy {
  TableId from = 0;
  Stamp as_of = 0;
  TableId to = 0;
  std::optional<TableName> from_table;  // else from `backup`
  std::optional<TableName> to_table;    // else into `backup`
  std::optional<BackupName> backup;
  Counters done;
  bool complete = false;  // every item is there
  std::string position;
};
std::string encode_copy(const Copy& copy);
std::optional<Copy> decode_copy(std::string_view bytes);

}  // namespace millrace::table
