// Where the records go that a mapping has given up on: AWS's document about them, and for S3 the event itself.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-create-package.html says where in a bucket.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "engines/catalog/event_source_mapping.h"
#include "engines/object/objects.h"

namespace millrace::triggers {

// Records that will not be handled any more. Views last for the call.
struct GivenUp {
  const catalog::EventSourceMapping& mapping;
  std::string_view condition;  // "RetryAttemptsExhausted", "RecordAgeExceeded"
  unsigned invocations = 0;
  std::string_view request_id;  // of the last invocation; empty: there was none
  std::string_view shard_id;
  std::string first_sequence, last_sequence;
  base::WallTime first_created{}, last_created{};
  std::size_t count = 0;
  std::string event;  // as the function would get it
};

// The document; with the event as its `payload`.
std::string failure_document(const GivenUp& given_up, base::WallTime now);
class FailureDestination {
 public:
  virtual ~FailureDestination() = default;
  // Durable when it completes. False: it cannot be; the log says why.
  virtual base::Task<bool> tell(GivenUp given_up) = 0;
};

// Buckets: the mapping's destination is "arn:aws:s3:::bucket". What it is given must outlive it.
class BucketDestination final : public FailureDestination {
 public:
  BucketDestination(object::Objects& objects, const base::Clock& clock, base::Random& random)
      : objects_(objects), clock_(clock), random_(random) {}
  base::Task<bool> tell(GivenUp given_up) override;

 private:
  object::Objects& objects_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace millrace::triggers
