// What an object is, and what may go wrong. Plain data; any thread.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingObjects.html
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace millrace::object {

enum class ObjectErrorKind {
  kNoBucket,
  kBucketExists,
  kBucketNotEmpty,
  kBadBucketName,
  kNoKey,
  kBadKey,  // empty, over 1024 bytes, or not UTF-8
  kDiskFull,
  kIo,     // the message is for the server's log
  kStore,  // the store failed
};
struct ObjectError {
  ObjectErrorKind kind = ObjectErrorKind::kIo;
  std::string message;
};
template <class T>
using ObjectResult = base::Result<T, ObjectError>;
inline auto object_error(ObjectErrorKind kind, std::string message = {}) {
  return base::fail(ObjectError{kind, std::move(message)});
}

// What who puts an object says about it.
struct ObjectAttributes {
  std::string content_type = "binary/octet-stream";
  std::map<std::string, std::string> metadata;  // x-amz-meta-*
  bool operator==(const ObjectAttributes&) const = default;
};

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  // MD5 in hex; empty when nobody has read the file yet (list() and get() do not)
  base::WallTime last_modified{};
  ObjectAttributes attributes;
};

struct ListRequest {
  std::string bucket;
  std::string prefix;
  std::string after;  // exclusive
  std::size_t limit = 1000;
};
struct ObjectPage {
  std::vector<ObjectInfo> objects;  // in the order of their keys' bytes
  bool more = false;
};

}  // namespace millrace::object
