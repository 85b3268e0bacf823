#include "engines/stream/stream.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "engines/stream/layout.h"

namespace millrace::stream {

namespace {

template <class Number>
bool parse_whole(std::string_view text, Number& out, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// The text up to the mark, taken off the front; nullopt without the mark.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return part;
}

Handle first_layout(std::uint64_t id, base::WallTime now, std::uint32_t shards) {
  Handle handle{id, shards, {}};
  for (std::uint64_t number = 0; number < shards; ++number)
    handle.open.push_back({number, kPlaces * number / shards, now});
  return handle;
}

std::optional<OpenShard> parse_open_shard(std::string_view text) {
  OpenShard shard;
  std::int64_t opened = 0;
  const auto number = take_until(text, "."), begin = number ? take_until(text, ".") : std::nullopt;
  if (!begin || !parse_whole(*number, shard.number, 16) || !parse_whole(*begin, shard.begin, 16) ||
      !parse_whole(text, opened, 16))
    return std::nullopt;
  shard.opened = base::WallTime(std::chrono::microseconds(opened));
  return shard;
}

}  // namespace

const OpenShard& Handle::shard_at(Place place) const {
  const auto after = std::upper_bound(open.begin(), open.end(), place,
                                      [](Place at, const OpenShard& shard) { return at < shard.begin; });
  return *std::prev(after);
}

Handle new_handle(base::Random& random, base::WallTime now, std::uint32_t shards) {
  return first_layout(random.next_u64() & ((std::uint64_t{1} << 48) - 1), now, shards);
}

// "<id>-<next>:<number>.<begin>.<microseconds>,...", in hexadecimal.
std::string handle_text(const Handle& handle) {
  std::string text = fmt::format("{:012x}-{:x}", handle.id, handle.next);
  char mark = ':';
  for (const OpenShard& shard : handle.open) {
    text += fmt::format("{}{:x}.{:x}.{:x}", mark, shard.number, shard.begin,
                        shard.opened.time_since_epoch().count());
    mark = ',';
  }
  return text;
}

std::optional<Handle> parse_handle(std::string_view text) {
  Handle handle;
  const auto id = take_until(text, "-");
  if (!id || id->size() != 12 || !parse_whole(*id, handle.id, 16)) return std::nullopt;
  const auto next = take_until(text, ":");
  if (!next) {  // from before shards were replaced: nothing but their number
    if (text != std::to_string(kFirstShards)) return std::nullopt;
    return first_layout(handle.id, {}, kFirstShards);
  }
  if (!parse_whole(*next, handle.next, 16)) return std::nullopt;
  while (!text.empty()) {
    auto one = take_until(text, ",");
    if (!one) one = std::exchange(text, {});
    const auto shard = parse_open_shard(*one);
    if (!shard || shard->number >= handle.next || shard->begin >= kPlaces) return std::nullopt;
    if (handle.open.empty() ? shard->begin != 0 : shard->begin <= handle.open.back().begin)
      return std::nullopt;
    handle.open.push_back(*shard);
  }
  if (handle.open.empty()) return std::nullopt;
  return handle;
}

std::string label_at(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string table_stream_arn(const StreamName& name) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}/stream/{}", name.region, name.account, name.owner,
                     name.label);
}

std::optional<StreamName> parse_table_stream_arn(std::string_view arn) {
  constexpr std::string_view kHead = "arn:aws:dynamodb:";
  if (!arn.starts_with(kHead)) return std::nullopt;
  arn.remove_prefix(kHead.size());
  const auto region = take_until(arn, ":");
  const auto account = region ? take_until(arn, ":table/") : std::nullopt;
  const auto owner = account ? take_until(arn, "/stream/") : std::nullopt;
  if (!owner || owner->empty() || arn.empty() || region->empty() || account->empty()) return std::nullopt;
  return StreamName{std::string(*account), std::string(*region), std::string(*owner), std::string(arn)};
}

void create(store::Batch& batch, const NewStream& stream) {
  batch.put(description_key(stream.name), encode_description(stream));
  for (std::size_t i = 0; i < stream.handle.open.size(); ++i) {
    const OpenShard& open = stream.handle.open[i];
    const ShardRef ref{stream.handle.id, open.number};
    ShardRecord shard;
    shard.id = new_shard_id(ref, open.opened);
    shard.begin = open.begin;
    shard.end = stream.handle.end_of(i);
    shard.opened = open.opened;
    shard.starting = stream.created_at + 1;
    batch.put(shard_key(ref), encode_shard(shard));
  }
}

void close(store::Batch& batch, const Handle& handle, base::WallTime now) {
  batch.put(closed_key(handle.id), encode_time(now));
  for (const OpenShard& shard : handle.open)
    append_end(batch, {handle.id, shard.number}, now);
}

std::string sequence_text(store::Sequence sequence) {
  return fmt::format("1{:020}", sequence);
}

std::optional<store::Sequence> parse_sequence(std::string_view text) {
  store::Sequence sequence = 0;
  if (text.size() != 21 || text[0] != '1' || !parse_whole(text.substr(1), sequence, 10)) return std::nullopt;
  return sequence;
}

}  // namespace millrace::stream
