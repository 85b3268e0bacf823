// What an export or import is: its request, how far it has come, how it ended. Plain data; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportDescription.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTableDescription.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engines/table/history.h"
#include "engines/table/table_definition.h"

namespace millrace::table {

enum class TransferKind : std::uint8_t { kExport, kImport };
enum class TransferStatus : std::uint8_t { kInProgress, kCompleted, kFailed };

struct TransferName {
  TransferKind kind = TransferKind::kExport;
  TableName table;  // that is read, or made
  std::string id;   // "01693685827463-2d8752fd": in the order of their time
  bool operator==(const TransferName&) const = default;
};
// arn:aws:dynamodb:<region>:<account>:table/<name>/export/<id>, .../import/<id>
std::string transfer_arn(const TransferName& name);
std::optional<TransferName> parse_transfer_arn(TransferKind kind, std::string_view arn);

struct Transfer {
  TransferName name;
  std::string request;  // what was asked for, as the service keeps it; the engine does not look inside
  std::string token;    // ClientToken
  std::string table_uuid;
  TransferStatus status = TransferStatus::kInProgress;
  base::WallTime started{};
  base::WallTime ended{};
  std::string failure_code;
  std::string failure_message;

  TableId table = 0;
  // Exports: the table as of a stamp, or what changed from `since` up to it (0: everything).
  base::WallTime time{};  // what the stamp is for the client
  Stamp as_of = 0;
  Stamp since = 0;

  // How far it is; moves with each commit.
  std::string position;  // exports: a key; imports: the service's
  std::uint64_t files = 0;
  std::int64_t items = 0;      // exported, imported
  std::int64_t bytes = 0;      // exports: of items; imports: of what was read
  std::int64_t processed = 0;  // imports: items that were read
  std::int64_t errors = 0;
  bool complete = false;  // nothing is left to be read
};
// docs/formats/table.md. Decoding answers nullopt when the bytes are no transfer.
std::string encode_transfer(const Transfer& transfer);
std::optional<Transfer> decode_transfer(std::string_view bytes);

// A data file of an export.
struct TransferFile {
  std::string key;
  std::string etag;  // MD5 in hex
  std::int64_t items = 0;
};
std::string encode_transfer_file(const TransferFile& file);
std::optional<TransferFile> decode_transfer_file(std::string_view bytes);

// Keys. A transfer, in the order of its table's name, then of its id; all of an account and region when `table` is empty.
std::string transfer_key(const TransferName& name);
std::string transfers_prefix(TransferKind kind, std::string_view account, std::string_view region,
                             std::string_view table);
// Names of those that are in progress, of all accounts.
std::string transfer_progress_key(const TransferName& name);
std::string transfers_progress_prefix(TransferKind kind);
std::string transfer_token_key(const TransferName& name, std::string_view token);
std::string transfer_file_key(const TransferName& name, std::uint64_t index);
std::string transfer_files_prefix(const TransferName& name);
// What a token stands for.
struct TransferToken {
  TransferName name;
  std::string fingerprint;  // of the request
  base::WallTime used{};
};
std::string encode_transfer_token(const TransferToken& token);
std::optional<TransferToken> decode_transfer_token(std::string_view bytes);

}  // namespace millrace::table
