#include "engines/table/backup.h"

#include <algorithm>

#include <fmt/format.h>

#include "engines/table/record_reader.h"

namespace millrace::table {
namespace {

constexpr std::uint64_t kFormat = 1;

void put_name(std::string& out, const TableName& name) {
  store::append_bytes(out, name.account);
  store::append_bytes(out, name.region);
  store::append_bytes(out, name.name);
}
// An absent name is three empty strings.
void put_name(std::string& out, const std::optional<TableName>& name) {
  put_name(out, name.value_or(TableName()));
}
void put_counters(std::string& out, const Counters& counters) {
  store::append_u64(out, static_cast<std::uint64_t>(counters.items));
  store::append_u64(out, static_cast<std::uint64_t>(counters.bytes));
}
void put_time(std::string& out, base::WallTime time) {
  store::append_u64(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

std::optional<TableName> take_optional_table(RecordReader& take) {
  TableName name = take.table();
  if (name.name.empty()) return std::nullopt;
  return name;
}
Counters take_counters(RecordReader& take) {
  Counters out;
  out.items = take.count();
  out.bytes = take.count();
  return out;
}

}  // namespace

std::string backup_arn(const BackupName& name) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}/backup/{}", name.table.region, name.table.account,
                     name.table.name, name.id);
}

std::optional<BackupName> parse_backup_arn(std::string_view arn) {
  const auto take = [&arn](std::string_view mark) -> std::optional<std::string> {
    const auto at = arn.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    std::string part(arn.substr(0, at));
    arn.remove_prefix(at + mark.size());
    return part;
  };
  const auto scheme = take(":"), partition = take(":"), service = take(":");
  auto region = take(":"), account = take(":table/"), table = take("/backup/");
  if (!scheme || !partition || !service || !region || !account || !table) return std::nullopt;
  if (*scheme != "arn" || *service != "dynamodb" || table->empty() || arn.empty()) return std::nullopt;
  return BackupName{{std::move(*account), std::move(*region), std::move(*table)}, std::string(arn)};
}

std::string make_backup_id(base::Random& random, base::WallTime now) {
  return fmt::format("{:014}-{:08x}", base::unix_millis(now), random.below(std::uint64_t{1} << 32));
}

std::string encode_backup(const Backup& backup) {
  std::string out;
  store::append_u64(out, kFormat);
  put_name(out, backup.name.table);
  store::append_bytes(out, backup.name.id);
  store::append_bytes(out, backup.title);
  store::append_u64(out, static_cast<std::uint64_t>(backup.type));
  store::append_u64(out, backup.available ? 1 : 0);
  put_time(out, backup.created);
  put_time(out, backup.expires);
  store::append_u64(out, backup.data);
  store::append_u64(out, backup.readers);
  put_counters(out, backup.size);
  store::append_bytes(out, encode_definition(*backup.definition));
  return out;
}

std::optional<Backup> decode_backup(std::string_view bytes) {
  RecordReader take{bytes};
  if (take.number() != kFormat) return std::nullopt;
  Backup backup;
  backup.name.table = take.table();
  backup.name.id = take.text();
  backup.title = take.text();
  backup.type = take.number() == 1 ? BackupType::kSystem : BackupType::kUser;
  backup.available = take.number() != 0;
  backup.created = take.time();
  backup.expires = take.time();
  backup.data = take.number();
  backup.readers = static_cast<std::uint32_t>(take.number());
  backup.size = take_counters(take);
  backup.definition = decode_definition(take.text());
  if (take.failed || !backup.definition) return std::nullopt;
  return backup;
}

std::string encode_copy(const Copy& copy) {
  std::string out;
  store::append_u64(out, kFormat);
  store::append_u64(out, copy.from);
  store::append_u64(out, copy.as_of);
  store::append_u64(out, copy.to);
  put_name(out, copy.from_table);
  put_name(out, copy.to_table);
  put_name(out, copy.backup ? copy.backup->table : TableName());
  store::append_bytes(out, copy.backup ? copy.backup->id : "");
  put_counters(out, copy.done);
  store::append_u64(out, copy.complete ? 1 : 0);
  store::append_bytes(out, copy.position);
  return out;
}

std::optional<Copy> decode_copy(std::string_view bytes) {
  RecordReader take{bytes};
  if (take.number() != kFormat) return std::nullopt;
  Copy copy;
  copy.from = take.number();
  copy.as_of = take.number();
  copy.to = take.number();
  copy.from_table = take_optional_table(take);
  copy.to_table = take_optional_table(take);
  auto backup_table = take_optional_table(take);
  std::string id = take.text();
  if (backup_table) copy.backup = BackupName{std::move(*backup_table), std::move(id)};
  copy.done = take_counters(take);
  copy.complete = take.number() != 0;
  copy.position = take.text();
  if (take.failed) return std::nullopt;
  return copy;
}

}  // namespace millrace::table
