#include "engines/stream/stream.h"

#include <charconv>

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

}  // namespace

Handle new_handle(base::Random& random, std::uint32_t shards) {
  return {random.next_u64() & ((std::uint64_t{1} << 48) - 1), shards};
}

std::string handle_text(const Handle& handle) {
  return fmt::format("{:012x}-{}", handle.id, handle.shards);
}

std::optional<Handle> parse_handle(std::string_view text) {
  Handle handle;
  const auto id = take_until(text, "-");
  if (!id || id->size() != 12 || !parse_whole(*id, handle.id, 16) || !parse_whole(text, handle.shards, 10)) {
    return std::nullopt;
  }
  if (handle.shards == 0 || handle.shards > kMaxShards) return std::nullopt;
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
}

void close(store::Batch& batch, const Handle& handle, base::WallTime now) {
  batch.put(closed_key(handle.id), encode_time(now));
}

void remove(store::Batch& batch, const StreamName& name, const Handle& handle) {
  batch.del(description_key(name));
  batch.del(closed_key(handle.id));
  for (std::uint32_t shard = 0; shard < handle.shards; ++shard) {
    const auto log = shard_log(handle, shard);
    batch.trim(log, ~store::Sequence{0});
    batch.del(floor_key(log));
  }
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
