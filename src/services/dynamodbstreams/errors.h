// The stream engine's errors as AWS's.
#pragma once

#include <string>
#include <string_view>

#include "engines/stream/reading.h"
#include "wire/error.h"

namespace millrace::dynamodbstreams {

// `what`: "Stream: arn:..." or "Shard: shardId-...", for the message of a missing one.
wire::ServiceError to_service_error(const stream::Error& error, std::string_view what);
wire::ServiceError stream_not_found(std::string_view arn);

}  // namespace millrace::dynamodbstreams
