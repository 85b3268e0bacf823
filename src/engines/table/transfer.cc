#include "engines/table/transfer.h"

#include <fmt/format.h>

#include "engines/table/record_reader.h"

namespace millrace::table {
namespace {

constexpr std::uint64_t kFormat = 1;

// The value as a tuple.
struct Putter {
  std::string out = {};

  Putter& number(std::uint64_t value) {
    store::append_u64(out, value);
    return *this;
  }
  Putter& count(std::int64_t value) { return number(static_cast<std::uint64_t>(value)); }
  Putter& time(base::WallTime value) { return count(value.time_since_epoch().count()); }
  Putter& text(std::string_view value) {
    store::append_bytes(out, value);
    return *this;
  }
  Putter& name(const TransferName& value) {
    return number(value.kind == TransferKind::kImport ? 1 : 0)
        .text(value.table.account)
        .text(value.table.region)
        .text(value.table.name)
        .text(value.id);
  }
};

TransferName take_name(RecordReader& take) {
  TransferName value;
  value.kind = take.number() == 1 ? TransferKind::kImport : TransferKind::kExport;
  value.table = take.table();
  value.id = take.text();
  return value;
}

std::string_view kind_name(TransferKind kind) {
  return kind == TransferKind::kExport ? "export" : "import";
}

std::string tagged(const char* tag, TransferKind kind) {
  std::string key = tag;
  store::append_tag(key, kind == TransferKind::kExport ? 'e' : 'i');
  return key;
}

void append_name(std::string& key, const TransferName& name) {
  for (const std::string& part : {name.table.account, name.table.region, name.table.name, name.id})
    store::append_bytes(key, part);
}

}  // namespace

std::string transfer_arn(const TransferName& name) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}/{}/{}", name.table.region, name.table.account,
                     name.table.name, kind_name(name.kind), name.id);
}

std::optional<TransferName> parse_transfer_arn(TransferKind kind, std::string_view arn) {
  const auto take = [&arn](std::string_view mark) -> std::optional<std::string> {
    const auto at = arn.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    std::string part(arn.substr(0, at));
    arn.remove_prefix(at + mark.size());
    return part;
  };
  const auto scheme = take(":"), partition = take(":"), service = take(":");
  auto region = take(":"), account = take(":table/");
  auto table = take("/" + std::string(kind_name(kind)) + "/");
  if (!scheme || !partition || !service || !region || !account || !table) return std::nullopt;
  if (*scheme != "arn" || *service != "dynamodb" || table->empty() || arn.empty()) return std::nullopt;
  return TransferName{kind, {std::move(*account), std::move(*region), std::move(*table)}, std::string(arn)};
}

std::string encode_transfer(const Transfer& transfer) {
  Putter put;
  put.number(kFormat).name(transfer.name).text(transfer.request).text(transfer.token);
  put.text(transfer.table_uuid).number(static_cast<std::uint64_t>(transfer.status));
  put.time(transfer.started).time(transfer.ended);
  put.text(transfer.failure_code).text(transfer.failure_message);
  put.number(transfer.table).time(transfer.time).number(transfer.as_of).number(transfer.since);
  put.text(transfer.position).number(transfer.files).count(transfer.items).count(transfer.bytes);
  put.count(transfer.processed).count(transfer.errors).number(transfer.complete ? 1 : 0);
  return std::move(put.out);
}

std::optional<Transfer> decode_transfer(std::string_view bytes) {
  RecordReader take{bytes};
  if (take.number() != kFormat) return std::nullopt;
  Transfer transfer;
  transfer.name = take_name(take);
  transfer.request = take.text();
  transfer.token = take.text();
  transfer.table_uuid = take.text();
  transfer.status = static_cast<TransferStatus>(take.number());
  transfer.started = take.time();
  transfer.ended = take.time();
  transfer.failure_code = take.text();
  transfer.failure_message = take.text();
  transfer.table = take.number();
  transfer.time = take.time();
  transfer.as_of = take.number();
  transfer.since = take.number();
  transfer.position = take.text();
  transfer.files = take.number();
  transfer.items = take.count();
  transfer.bytes = take.count();
  transfer.processed = take.count();
  transfer.errors = take.count();
  transfer.complete = take.number() != 0;
  if (take.failed || transfer.status > TransferStatus::kFailed) return std::nullopt;
  return transfer;
}

std::string encode_transfer_file(const TransferFile& file) {
  Putter put;
  put.number(kFormat).text(file.key).text(file.etag).count(file.items);
  return std::move(put.out);
}

std::optional<TransferFile> decode_transfer_file(std::string_view bytes) {
  RecordReader take{bytes};
  if (take.number() != kFormat) return std::nullopt;
  TransferFile file;
  file.key = take.text();
  file.etag = take.text();
  file.items = take.count();
  if (take.failed) return std::nullopt;
  return file;
}

std::string encode_transfer_token(const TransferToken& token) {
  Putter put;
  put.number(kFormat).name(token.name).text(token.fingerprint).time(token.used);
  return std::move(put.out);
}

std::optional<TransferToken> decode_transfer_token(std::string_view bytes) {
  RecordReader take{bytes};
  if (take.number() != kFormat) return std::nullopt;
  TransferToken token;
  token.name = take_name(take);
  token.fingerprint = take.text();
  token.used = take.time();
  if (take.failed) return std::nullopt;
  return token;
}

std::string transfers_prefix(TransferKind kind, std::string_view account, std::string_view region,
                             std::string_view table) {
  std::string key = tagged("tp", kind);
  if (account.empty()) return key;
  store::append_bytes(key, account);
  store::append_bytes(key, region);
  if (!table.empty()) store::append_bytes(key, table);
  return key;
}

std::string transfer_key(const TransferName& name) {
  std::string key = tagged("tp", name.kind);
  append_name(key, name);
  return key;
}

std::string transfers_progress_prefix(TransferKind kind) {
  return tagged("tq", kind);
}

std::string transfer_progress_key(const TransferName& name) {
  std::string key = transfers_progress_prefix(name.kind);
  append_name(key, name);
  return key;
}

std::string transfer_token_key(const TransferName& name, std::string_view token) {
  std::string key = tagged("tr", name.kind);
  store::append_bytes(key, name.table.account);
  store::append_bytes(key, name.table.region);
  store::append_bytes(key, token);
  return key;
}

std::string transfer_files_prefix(const TransferName& name) {
  std::string key = tagged("ts", name.kind);
  append_name(key, name);
  return key;
}

std::string transfer_file_key(const TransferName& name, std::uint64_t index) {
  std::string key = transfer_files_prefix(name);
  store::append_u64(key, index);
  return key;
}

}  // namespace millrace::table
