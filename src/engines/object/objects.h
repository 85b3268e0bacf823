// Buckets and objects: bytes under keys, in files that people may read and add to (docs/formats/objects.md). What is put is read
// and written in pieces and never held whole; an object is replaced whole or not at all, durably; a reader goes on with the
// content it opened. What S3 needs beyond the bytes (ETag, content type, metadata) stands in the store.
//
// Files are worked on by two threads of its own; every task gives way while it waits. Any thread may call. Everything it is made
// with must outlive it; writers and readers must be gone before it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/object/files.h"
#include "engines/object/object.h"
#include "engines/object/object_record.h"
#include "store/blocking_pool.h"
#include "store/store.h"

namespace millrace::object {

class Objects;

// One object on its way in. Nothing is to be seen of it before commit(); going without is forgetting it. One task at a time.
class ObjectWriter {
 public:
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  base::Task<ObjectResult<void>> write(std::string bytes);
  // Durable when it completes. Call once.
  base::Task<ObjectResult<ObjectInfo>> commit();

 private:
  friend class Objects;
  struct State;
  explicit ObjectWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The content that an object had when it was opened. One task at a time.
class ObjectReader {
 public:
  const ObjectInfo& info() const { return info_; }
  // From `offset` on, at most `limit` bytes; fewer only at the end.
  base::Task<ObjectResult<std::string>> read(std::uint64_t offset, std::size_t limit);

 private:
  friend class Objects;
  ObjectReader(Objects& objects, Handle file, ObjectInfo info)
      : objects_(objects), file_(std::move(file)), info_(std::move(info)) {}
  Objects& objects_;
  Handle file_;
  ObjectInfo info_;
};

class Objects {
 public:
  // `folder` is made when it is missing; blocks. kOs: the page cache is trusted.
  Objects(std::string folder, store::Store& store, const base::Clock& clock,
          store::Durability durability = store::Durability::kSync);
  ~Objects();

  base::Task<ObjectResult<void>> create_bucket(std::string bucket);  // kBadBucketName, kBucketExists
  base::Task<ObjectResult<void>> remove_bucket(std::string bucket);  // kNoBucket, kBucketNotEmpty
  base::Task<ObjectResult<bool>> has_bucket(std::string bucket);
  base::Task<ObjectResult<std::vector<std::string>>> buckets();

  base::Task<ObjectResult<std::unique_ptr<ObjectWriter>>> put(std::string bucket, std::string key,
                                                              ObjectAttributes attributes);
  // Small contents in one go.
  base::Task<ObjectResult<ObjectInfo>> put_whole(std::string bucket, std::string key, std::string bytes,
                                                 ObjectAttributes attributes);
  base::Task<ObjectResult<std::unique_ptr<ObjectReader>>> get(std::string bucket, std::string key);
  // Reads a file that somebody else wrote through, once, for its ETag.
  base::Task<ObjectResult<ObjectInfo>> head(std::string bucket, std::string key);
  // Absent is fine.
  base::Task<ObjectResult<void>> remove(std::string bucket, std::string key);
  base::Task<ObjectResult<ObjectPage>> list(ListRequest request);

 private:
  friend class ObjectWriter;
  friend class ObjectReader;
  using Records = std::vector<std::vector<Known>>;
  base::Task<ObjectResult<Records>> records(std::string bucket, std::vector<std::string> keys);
  base::Task<ObjectResult<void>> remember_known(std::string bucket, std::string key, Known known);
  base::Task<ObjectResult<std::string>> digest(OpenFile& file);
  std::int64_t next_time();
  // Runs `work` on a thread that may block.
  template <class Work>
  base::Task<std::invoke_result_t<Work>> on_pool(Work work);

  store::Store& store_;
  const base::Clock& clock_;
  Files files_;
  std::atomic<std::int64_t> last_time_{0};  // no two contents have the same time
  store::BlockingPool pool_{2};
};

}  // namespace millrace::object
