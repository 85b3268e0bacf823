// Shard iterators: opaque tokens that carry a reader's position. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "engines/stream/reading.h"

namespace millrace::stream {

struct Iterator {
  StreamName name;
  ShardRef shard;
  store::Sequence position = 0;
  base::WallTime made{};
};

enum class TokenError { kInvalid, kExpired };
constexpr std::chrono::minutes kIteratorLife{15};

// "<stream arn>|1|<base64>", as AWS's look.
std::string make_token(const Iterator& iterator);
base::Result<Iterator, TokenError> parse_token(std::string_view token, base::WallTime now);

}  // namespace millrace::stream
