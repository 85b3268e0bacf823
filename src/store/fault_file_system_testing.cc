#include "store/fault_file_system_testing.h"

#include <filesystem>

namespace millrace::store {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, FaultFileSystem& owner,
       std::shared_ptr<Lengths> lengths)
      : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner), lengths_(std::move(lengths)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (owner_.broken()) return IOStatus::NoSpace("told to fail");
    const auto status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    std::lock_guard lock(owner_.mutex_);
    if (status.ok()) lengths_->written += data.size();
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    if (owner_.broken()) return IOStatus::NoSpace("told to fail");
    return synced(FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    if (owner_.broken()) return IOStatus::NoSpace("told to fail");
    return synced(FSWritableFileOwnerWrapper::Fsync(options, debug));
  }

 private:
  IOStatus synced(IOStatus status) {
    std::lock_guard lock(owner_.mutex_);
    if (status.ok()) lengths_->synced = lengths_->written;
    return status;
  }
  FaultFileSystem& owner_;
  std::shared_ptr<Lengths> lengths_;
};

bool FaultFileSystem::broken() {
  std::lock_guard lock(mutex_);
  return broken_;
}

void FaultFileSystem::fail_writes(bool broken) {
  std::lock_guard lock(mutex_);
  broken_ = broken;
}

void FaultFileSystem::track(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file) {
  auto lengths = std::make_shared<Lengths>();
  {
    std::lock_guard lock(mutex_);
    files_[name] = lengths;
  }
  *file = std::make_unique<File>(std::move(*file), *this, lengths);
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  const auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok()) track(name, file);
  return status;
}

IOStatus FaultFileSystem::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            IODebugContext* debug) {
  const auto status = FileSystemWrapper::ReuseWritableFile(name, old_name, options, file, debug);
  if (status.ok()) track(name, file);
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                     IODebugContext* debug) {
  const auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
  std::lock_guard lock(mutex_);
  if (auto known = files_.extract(from); status.ok() && !known.empty()) files_[to] = known.mapped();
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* debug) {
  std::lock_guard lock(mutex_);
  files_.erase(name);
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

void FaultFileSystem::lose_power(base::Random& random) {
  std::lock_guard lock(mutex_);
  for (const auto& [name, lengths] : files_) {
    std::error_code error;
    if (lengths->written <= lengths->synced || !std::filesystem::exists(name, error)) continue;
    std::filesystem::resize_file(name, lengths->synced + random.below(lengths->written - lengths->synced + 1),
                                 error);
  }
  files_.clear();
}

}  // namespace millrace::store
