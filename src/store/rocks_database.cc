#include "store/rocks_database.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "base/log.h"

namespace millrace::store {

namespace {

constexpr unsigned kFormatVersion = 1;
constexpr std::string_view kFormatWord = "millrace-store";

base::Result<void, OpenError> refuse(OpenError::Kind kind, std::string message) {
  return base::fail(OpenError{kind, std::move(message)});
}

base::Result<void, OpenError> refuse_errno(const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return refuse(OpenError::Kind::kDiskFull,
                  fmt::format("No space is left for the data folder {}. Free some and start again.", path));
  }
  if (error == EACCES || error == EROFS || error == EPERM || error == ENOTDIR || error == EEXIST) {
    return refuse(OpenError::Kind::kNotWritable,
                  fmt::format("The data folder {} cannot be written: {}. Choose another with --data, or give "
                              "this user the right to write there.",
                              path, std::strerror(error)));
  }
  return refuse(OpenError::Kind::kIo,
                fmt::format("The data folder {} cannot be used: {}.", path, std::strerror(error)));
}

// A file written to the disk as a whole or not at all.
base::Result<void, OpenError> write_file(const std::string& folder, const std::string& name,
                                         const std::string& text) {
  const std::string path = folder + "/" + name, fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return refuse_errno(folder, errno);
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!written) return refuse_errno(folder, error);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return refuse_errno(folder, errno);
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return {};
}

std::optional<std::string> read_file(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return std::nullopt;
  char text[256];
  return std::string(text, std::fread(text, 1, sizeof text, file.get()));
}

// The file FORMAT says what wrote the folder before anything tries to read it.
base::Result<void, OpenError> check_format(const std::string& folder) {
  const auto text = read_file(folder + "/FORMAT");
  if (!text) {
    if (std::filesystem::exists(folder + "/db/CURRENT")) {
      return refuse(
          OpenError::Kind::kCorrupt,
          fmt::format(
              "The data folder {} holds a database but its file FORMAT is missing. Restore it from a backup.",
              folder));
    }
    return write_file(folder, "FORMAT", fmt::format("{} {}\n", kFormatWord, kFormatVersion));
  }
  unsigned version = 0;
  if (!text->starts_with(kFormatWord) ||
      std::sscanf(text->c_str() + kFormatWord.size(), " %u", &version) != 1) {
    return refuse(
        OpenError::Kind::kCorrupt,
        fmt::format("The file {}/FORMAT is not one of Millrace's. Choose another folder with --data.",
                    folder));
  }
  if (version > kFormatVersion) {
    return refuse(OpenError::Kind::kNewerFormat,
                  fmt::format("The data folder {} was written by a newer Millrace (format {}, this one reads "
                              "up to {}). Use that version, or "
                              "choose another folder with --data.",
                              folder, version, kFormatVersion));
  }
  return {};
}

base::Result<void, OpenError> prepare_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder + "/db", error);
  if (error) return refuse_errno(folder, error.value());
  // RocksDB's own message about a folder that cannot be written names an inner file; try first.
  const std::string probe = folder + "/.probe";
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return refuse_errno(folder, errno);
  const ssize_t written = ::write(file, "millrace", 8);
  const int failure = errno;
  ::close(file);
  ::unlink(probe.c_str());
  if (written != 8) return refuse_errno(folder, written < 0 ? failure : ENOSPC);
  return check_format(folder);
}

// RocksDB's own log file would grow on every start; what matters of it goes to the server's log.
class WarningLogger final : public rocksdb::Logger {
 public:
  WarningLogger() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char text[512];
    std::vsnprintf(text, sizeof text, format, arguments);
    base::log(base::LogLevel::kWarning, "rocksdb: {}", text);
  }
};

void tune_memory(rocksdb::ColumnFamilyOptions& options, const RocksOptions& wanted, Space space) {
  options.write_buffer_size =
      space == Space::kItems ? wanted.write_buffer_bytes : wanted.write_buffer_bytes / 2;
  options.max_write_buffer_number = 3;
  options.arena_block_size = 256 << 10;
  options.target_file_size_base = wanted.write_buffer_bytes;
  options.max_bytes_for_level_base = 4 * wanted.write_buffer_bytes;
  options.level_compaction_dynamic_level_bytes = true;
  if (space == Space::kItems) {
    // Most conditional writes ask for keys that are in no memtable.
    options.memtable_prefix_bloom_size_ratio = 0.01;
    options.memtable_whole_key_filtering = true;
  }
}

rocksdb::ColumnFamilyOptions family_options(const RocksOptions& wanted, Space space,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  tune_memory(options, wanted, space);
  options.compression = rocksdb::kLZ4Compression;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8 << 10;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;  // bounded by the cache, however large the data
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (space == Space::kItems) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::DBOptions database_options(const RocksOptions& wanted, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.info_log = std::make_shared<WarningLogger>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.max_file_opening_threads = 2;
  options.max_open_files = 512;  // file descriptors are few by default; the table cache costs little
  options.max_background_jobs = 2;
  options.max_total_wal_size = 4 * wanted.write_buffer_bytes;
  options.avoid_flush_during_recovery = true;
  options.avoid_flush_during_shutdown = true;       // RocksStore::stop() decides
  options.allow_concurrent_memtable_write = false;  // one committer
  options.wal_bytes_per_sync = 0;
  options.bytes_per_sync = 1 << 20;
  // A write-ahead log that is written over needs no new blocks from the file system at every sync. This mode lets a
  // torn tail go, which was never acknowledged, and refuses anything else.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 2;
  return options;
}

OpenError open_error(const rocksdb::Status& status, const std::string& folder) {
  const std::string text = status.ToString();
  if (status.IsNoSpace() || text.find("No space left") != std::string::npos) {
    return {OpenError::Kind::kDiskFull,
            fmt::format("No space is left for the data folder {}. Free some and start again.", folder)};
  }
  if (text.find("LOCK") != std::string::npos ||
      text.find("lock hold by current process") != std::string::npos) {
    return {OpenError::Kind::kLocked,
            fmt::format(
                "Another Millrace uses the data folder {}. Stop it, or choose another folder with --data.",
                folder)};
  }
  if (text.find("Column families not opened") != std::string::npos || status.IsNotSupported()) {
    return {OpenError::Kind::kNewerFormat,
            fmt::format("The data folder {} was written by a newer Millrace ({}).", folder, text)};
  }
  if (status.IsCorruption() || status.IsInvalidArgument()) {
    return {OpenError::Kind::kCorrupt,
            fmt::format("The data folder {} is damaged: {}. Restore it from a backup.", folder, text)};
  }
  return {OpenError::Kind::kIo, fmt::format("The data folder {} cannot be opened: {}.", folder, text)};
}

}  // namespace

Database::~Database() {
  if (!db) return;
  for (auto* handle : handles) {
    if (handle) db->DestroyColumnFamilyHandle(handle);
  }
  db->Close();
}

base::Result<std::unique_ptr<Database>, OpenError> open_database(const RocksOptions& options,
                                                                 rocksdb::Env* env) {
  if (auto ready = prepare_folder(options.folder); !ready) return base::fail(ready.error());
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes, 4);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family_options(options, Space::kItems, cache)},
      {"logs", family_options(options, Space::kLogs, cache)},
  };
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status =
      rocksdb::DB::Open(database_options(options, env), options.folder + "/db", families, &handles, &db);
  if (!status.ok()) return base::fail(open_error(status, options.folder));
  auto database = std::make_unique<Database>(options.value_cache_bytes);
  database->db.reset(db);
  database->folder = options.folder;
  std::copy(handles.begin(), handles.end(), database->handles.begin());
  return database;
}

StoreError error_of(const rocksdb::Status& status) {
  if (status.IsIncomplete()) return StoreError::kNotInMemory;
  base::log(base::LogLevel::kError, "store: {}", status.ToString());
  return status.IsCorruption() ? StoreError::kCorrupt : StoreError::kIo;
}

}  // namespace millrace::store
