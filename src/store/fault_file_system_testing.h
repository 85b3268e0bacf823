// A file system that forgets what was not synced, and fails on command, as LevelDB's tests have one: power loss without
// losing power. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "base/random.h"

namespace millrace::store {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultFileSystem"; }

  // From now on writes and syncs answer "no space left".
  void fail_writes(bool broken);
  // What every file written since the last call would hold after power was lost: what was synced, and a random part of the rest.
  // No database may be open.
  void lose_power(base::Random& random);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  struct Lengths {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };
  class File;
  void track(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file);
  bool broken();

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Lengths>> files_;
  bool broken_ = false;
};

}  // namespace millrace::store
