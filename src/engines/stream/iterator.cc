#include "engines/stream/iterator.h"

#include "base/encoding.h"
#include "engines/stream/layout.h"
#include "store/tuple.h"

namespace millrace::stream {

namespace {
constexpr std::string_view kMark = "|2|";
constexpr std::size_t kBodySize = 40;
}  // namespace

std::string make_token(const Iterator& iterator) {
  std::string token = table_stream_arn(iterator.name);
  std::string body;
  store::append_u64(body, iterator.shard.stream);
  store::append_u64(body, iterator.shard.number);
  store::append_u64(body, iterator.position);
  body += encode_time(iterator.made);
  // Catches tokens that were cut or mixed up; whoever forges one only moves his own position.
  store::append_u64(body, base::crc32(token + body));
  token += kMark;
  base::append_base64(token, body);
  return token;
}

base::Result<Iterator, TokenError> parse_token(std::string_view token, base::WallTime now) {
  const auto mark = token.find(kMark);
  if (mark == std::string_view::npos) return base::fail(TokenError::kInvalid);
  const auto arn = token.substr(0, mark);
  auto name = parse_table_stream_arn(arn);
  const auto body = base::base64_decode(token.substr(mark + kMark.size()));
  if (!name || !body || body->size() != kBodySize) return base::fail(TokenError::kInvalid);
  std::string_view rest = *body;
  Iterator iterator;
  iterator.name = std::move(*name);
  iterator.shard.stream = *store::take_u64(rest);
  iterator.shard.number = *store::take_u64(rest);
  iterator.position = *store::take_u64(rest);
  iterator.made = *decode_time(rest);
  rest.remove_prefix(8);
  const std::string checked = std::string(arn) + body->substr(0, kBodySize - 8);
  if (*store::take_u64(rest) != base::crc32(checked)) return base::fail(TokenError::kInvalid);
  if (now - iterator.made > kIteratorLife) return base::fail(TokenError::kExpired);
  return iterator;
}

}  // namespace millrace::stream
