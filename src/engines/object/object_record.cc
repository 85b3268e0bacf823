#include "engines/object/object_record.h"

#include <algorithm>

#include "store/tuple.h"

namespace millrace::object {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kRemembered = 4;  // writers of one key that may overtake each other

}  // namespace

std::string records_prefix(std::string_view bucket) {
  std::string key = "om";
  store::append_bytes(key, bucket);
  return key;
}

std::string record_key(std::string_view bucket, std::string_view key) {
  std::string out = records_prefix(bucket);
  store::append_bytes(out, key);
  return out;
}

std::string encode_record(const std::vector<Known>& known) {
  std::string out;
  store::append_u64(out, kFormat);
  store::append_u64(out, known.size());
  for (const Known& one : known) {
    store::append_u64(out, one.state.size);
    store::append_u64(out, static_cast<std::uint64_t>(one.state.modified_ns));
    store::append_bytes(out, one.md5);
    store::append_bytes(out, one.attributes.content_type);
    store::append_u64(out, one.attributes.metadata.size());
    for (const auto& [name, value] : one.attributes.metadata) {
      store::append_bytes(out, name);
      store::append_bytes(out, value);
    }
  }
  return out;
}

std::vector<Known> decode_record(std::string_view bytes) {
  bool good = true;
  const auto number = [&] {
    const auto value = store::take_u64(bytes);
    good = good && value;
    return value.value_or(0);
  };
  const auto text = [&] {
    auto value = store::take_bytes(bytes);
    good = good && value;
    return std::move(value).value_or("");
  };
  std::vector<Known> known;
  if (number() != kFormat) return {};
  for (std::uint64_t left = number(); good && left > 0; --left) {
    Known one;
    one.state.size = number();
    one.state.modified_ns = static_cast<std::int64_t>(number());
    one.md5 = text();
    one.attributes.content_type = text();
    for (std::uint64_t pairs = number(); good && pairs > 0; --pairs) {
      std::string name = text();
      one.attributes.metadata[std::move(name)] = text();
    }
    known.push_back(std::move(one));
  }
  return good ? known : std::vector<Known>();
}

const Known* find_known(const std::vector<Known>& known, const FileState& state) {
  const auto found = std::ranges::find(known, state, &Known::state);
  return found == known.end() ? nullptr : &*found;
}

std::vector<Known> remember(std::vector<Known> known, Known newest) {
  known.insert(known.begin(), std::move(newest));
  if (known.size() > kRemembered) known.resize(kRemembered);
  return known;
}

}  // namespace millrace::object
