#include "triggers/failure_destination.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "engines/object/object_name.h"
#include "runtime/report.h"

namespace millrace::triggers {

namespace {

std::string seconds_of(base::WallTime time) {  // 2026-11-21T01:02:03Z
  return runtime::iso_time(time).substr(0, 19) + "Z";
}

}  // namespace

std::string failure_document(const GivenUp& given_up, base::WallTime now) {
  using runtime::json_string;
  std::string out = fmt::format(
      R"({{"requestContext":{{"requestId":{},"functionArn":{},"condition":{},"approximateInvokeCount":{}}})",
      json_string(given_up.request_id), json_string(given_up.mapping.function_arn),
      json_string(given_up.condition), given_up.invocations);
  if (given_up.invocations > 0) {
    const std::string_view arn = given_up.mapping.function_arn;
    const bool qualified = std::count(arn.begin(), arn.end(), ':') > 6;
    const std::string_view version = qualified ? arn.substr(arn.rfind(':') + 1) : "$LATEST";
    out += fmt::format(
        R"(,"responseContext":{{"statusCode":200,"executedVersion":{},"functionError":"Unhandled"}})",
        json_string(version));
  }
  out += fmt::format(
      R"(,"version":"1.0","timestamp":"{}","DDBStreamBatchInfo":{{"shardId":{},"startSequenceNumber":"{}","endSequenceNumber":"{}",)"
      R"("approximateArrivalOfFirstRecord":"{}","approximateArrivalOfLastRecord":"{}","batchSize":{},"streamArn":{}}},"payload":{}}})",
      runtime::iso_time(now), json_string(given_up.shard_id), given_up.first_sequence, given_up.last_sequence,
      seconds_of(given_up.first_created), seconds_of(given_up.last_created), given_up.count,
      json_string(given_up.mapping.event_source_arn), json_string(given_up.event));
  return out;
}

base::Task<bool> BucketDestination::tell(GivenUp given_up) {
  const std::string& arn = given_up.mapping.settings.on_failure_destination;
  const std::string bucket(object::bucket_of_arn(arn));
  if (bucket.empty()) co_return false;
  const base::WallTime now = clock_.now();
  const std::string prefix = fmt::format("aws/lambda/{}/{}/", given_up.mapping.uuid, given_up.shard_id);
  std::string key = object::dated_key(prefix, now, base::make_uuid(random_));
  object::ObjectAttributes attributes;
  attributes.content_type = "application/json";
  auto written = co_await objects_.put_whole(bucket, std::move(key), failure_document(given_up, now),
                                             std::move(attributes));
  if (written) co_return true;
  const bool absent = written.error().kind == object::ObjectErrorKind::kNoBucket;
  base::log(base::LogLevel::kWarning, "triggers: what {} did not handle cannot be written to {}: {}",
            given_up.mapping.function_arn, arn, absent ? "there is no such bucket" : written.error().message);
  co_return false;
}

}  // namespace millrace::triggers
