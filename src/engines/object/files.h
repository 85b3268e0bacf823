// The files behind buckets: blocking calls of the system, each step relative to an open folder and never through a symbolic
// link, so that no name leads out. One caller at a time for what changes names (Files::names_ sees to it); any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engines/object/object.h"

namespace millrace::object {

// An open file or folder; closes it.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int fd) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Handle();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// What tells one content of a file from another.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileState&) const = default;
  base::WallTime modified() const { return base::WallTime(std::chrono::microseconds(modified_ns / 1000)); }
};

struct OpenFile {
  Handle file;
  FileState state;
};
struct ListedFile {
  std::string key;
  FileState state;
};
struct ListedFiles {
  std::vector<ListedFile> files;
  bool more = false;
};

class Files {
 public:
  // Makes the folder; forgets what an earlier run had begun to write.
  Files(std::string folder, bool sync);

  ObjectResult<void> create_bucket(const std::string& bucket);
  ObjectResult<void> remove_bucket(const std::string& bucket);
  bool has_bucket(const std::string& bucket) const;
  std::vector<std::string> buckets() const;

  // A new, empty file that no key leads to; its name goes to `name`.
  ObjectResult<Handle> create_temporary(std::string& name);
  void remove_temporary(const std::string& name);
  // Makes the temporary file durable with this time of modification; it keeps its name.
  ObjectResult<FileState> seal(const Handle& file, std::int64_t modified_ns) const;
  // The temporary file becomes the object's, durably.
  ObjectResult<void> publish(const std::string& temporary, const std::string& bucket, const std::string& key);

  ObjectResult<OpenFile> open(const std::string& bucket, const std::string& key) const;
  // Absent is fine.
  ObjectResult<void> remove(const std::string& bucket, const std::string& key);
  // In the order of their keys, those behind `after`.
  ObjectResult<ListedFiles> list(const ListRequest& request) const;

 private:
  ObjectResult<Handle> open_bucket(const std::string& bucket) const;
  ObjectError failed(const char* what) const;

  const std::string folder_;
  const bool sync_;
  Handle root_;
  Handle temporary_;
  mutable std::mutex names_;  // held while files and folders get, change or lose their names
  std::uint64_t next_temporary_ = 0;
};

}  // namespace millrace::object
