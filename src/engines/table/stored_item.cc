// The stored form of items: docs/formats/item.md.
#include <algorithm>

#include <simdjson.h>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_size.h"

namespace millrace::table {
namespace {

using simdjson::dom::element;

constexpr char kFormat = 1;
constexpr std::size_t kMaxHeader = 1 + 5;  // format, and a varint of 35 bits
constexpr std::size_t kKeptCapacity = 1 << 20;

void append_varint(std::string& out, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7)
    out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

struct Header {
  std::size_t size = 0;
  std::string_view json;  // empty: not a stored item
};
Header read_header(std::string_view stored) {
  if (stored.empty() || stored[0] != kFormat) return {};
  std::size_t size = 0;
  for (std::size_t i = 1; i < stored.size() && i < kMaxHeader; ++i) {
    auto byte = static_cast<unsigned char>(stored[i]);
    size |= static_cast<std::size_t>(byte & 0x7f) << (7 * (i - 1));
    if (byte < 0x80) return {size, stored.substr(i + 1)};
  }
  return {};
}

// Reads what append_json() wrote. Types, numbers and duplicates were checked when it was; a shape that does
// not fit makes ok false.
class TrustingDecoder {
 public:
  bool ok = true;

  void map(element json, Map& out) {
    simdjson::dom::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS) {
      ok = false;
      return;
    }
    out.members.reserve(object.size());
    for (auto field : object) {
      auto& member = out.members.emplace_back(std::string(field.key), Value{});
      value(field.value, member.second);
      if (!ok) return;
    }
  }

 private:
  void value(element json, Value& out) {
    simdjson::dom::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS || object.size() != 1) {
      ok = false;
      return;
    }
    auto field = *object.begin();
    typed(field.key, field.value, out);
  }

  void typed(std::string_view type, element json, Value& out) {
    if (type == "S") {
      out.data = String{std::string(text(json))};
    } else if (type == "N") {
      out.data = Number{std::string(text(json))};
    } else if (type == "M") {
      map(json, out.data.emplace<Map>());
    } else if (type == "L") {
      list(json, out.data.emplace<List>());
    } else if (type == "BOOL") {
      bool b = false;
      ok = ok && json.get_bool().get(b) == simdjson::SUCCESS;
      out.data = b;
    } else if (type == "NULL") {
      out.data = Null{};
    } else if (type == "B") {
      out.data = Binary{blob(json)};
    } else if (type == "SS") {
      set(json, out.data.emplace<StringSet>().members, [this](element e) { return std::string(text(e)); });
    } else if (type == "NS") {
      set(json, out.data.emplace<NumberSet>().members, [this](element e) { return std::string(text(e)); });
    } else if (type == "BS") {
      set(json, out.data.emplace<BinarySet>().members, [this](element e) { return blob(e); });
    } else {
      ok = false;
    }
  }

  std::string_view text(element json) {
    std::string_view s;
    ok = ok && json.get_string().get(s) == simdjson::SUCCESS;
    return s;
  }

  std::string blob(element json) {
    auto bytes = base::base64_decode(text(json));
    ok = ok && bytes.has_value();
    return ok ? std::move(*bytes) : std::string();
  }

  void list(element json, List& out) {
    simdjson::dom::array array;
    ok = ok && json.get_array().get(array) == simdjson::SUCCESS;
    if (!ok) return;
    out.members.reserve(array.size());
    for (element child : array) {
      value(child, out.members.emplace_back());
      if (!ok) return;
    }
  }

  template <class Read>
  void set(element json, std::vector<std::string>& out, Read read) {
    simdjson::dom::array array;
    ok = ok && json.get_array().get(array) == simdjson::SUCCESS;
    if (!ok) return;
    for (element child : array)
      out.push_back(read(child));
  }
};

}  // namespace

void append_stored(std::string& out, const Item& item, std::size_t size_in_dynamodb_bytes) {
  out += kFormat;
  append_varint(out, size_in_dynamodb_bytes);
  append_json(out, item);
}

std::string encode_stored(const Item& item) {
  std::size_t size = item_size(item);
  std::string out;
  out.reserve(kMaxHeader + size + size / 4 + 16 * item.members.size());
  append_stored(out, item, size);
  return out;
}

std::size_t stored_size(std::string_view stored) {
  return read_header(stored).size;
}

std::string_view stored_json(std::string_view stored) {
  return read_header(stored).json;
}

base::Result<Item, StoredError> decode_stored(std::string_view stored) {
  std::string_view json = stored_json(stored);
  if (json.empty()) return base::fail(StoredError::kCorrupt);
  // A parser keeps its buffers from call to call; one that grew large is not worth keeping in every thread.
  static thread_local simdjson::dom::parser parser;
  element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
    return base::fail(StoredError::kCorrupt);
  Item item;
  TrustingDecoder decoder;
  decoder.map(root, item);
  if (parser.capacity() > kKeptCapacity) parser = simdjson::dom::parser{};
  if (!decoder.ok) return base::fail(StoredError::kCorrupt);
  return item;
}

}  // namespace millrace::table
