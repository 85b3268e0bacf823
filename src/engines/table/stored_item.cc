// The stored form of items: docs/formats/item.md.
//
// Stored JSON is read by a reader of its own instead of a general parser: it is canonical, was checked when it was written, and every
// update, filter and condition reads it first. It still never trusts a byte's presence: damaged input is kCorrupt.
#include <algorithm>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_size.h"
#include "engines/table/json_text.h"

namespace millrace::table {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kMaxHeader = 1 + 5;  // format, and a varint of 35 bits
constexpr int kMaxDepth = kMaxNesting + 2;

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

// Reads exactly what append_json() writes.
class StoredReader {
 public:
  explicit StoredReader(std::string_view json) : rest_(json) {}

  bool read_all(Item& out) { return map(out, 0) && rest_.empty(); }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool string(std::string& out) {
    if (!take('"')) return false;
    for (;;) {
      std::size_t plain = plain_json_prefix(rest_);
      out.append(rest_.data(), plain);
      rest_.remove_prefix(plain);
      if (take('"')) return true;
      if (!escape(out)) return false;
    }
  }

  bool escape(std::string& out) {
    if (rest_.size() < 2 || rest_[0] != '\\') return false;
    char c = rest_[1];
    rest_.remove_prefix(2);
    switch (c) {
      case '"':
      case '\\':
        out += c;
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        return control_character(out);
      default:
        return false;
    }
  }

  bool control_character(std::string& out) {
    if (rest_.size() < 4 || !take("00")) return false;
    auto byte = base::hex_decode(rest_.substr(0, 2));
    if (!byte) return false;
    rest_.remove_prefix(2);
    out += *byte;
    return true;
  }

  bool binary(std::string& out) {
    if (!take('"')) return false;
    std::size_t length = std::min(rest_.find('"'), rest_.size());
    auto bytes = base::base64_decode(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (!bytes) return false;
    out = std::move(*bytes);
    return take('"');
  }

  bool map(Map& out, int depth) {
    if (depth > kMaxDepth || !take('{')) return false;
    if (take('}')) return true;
    do {
      if (out.members.empty()) out.members.reserve(depth == 0 ? 16 : 4);
      auto& [name, value] = out.members.emplace_back();
      if (!string(name) || !take(':') || !this->value(value, depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool value(Value& out, int depth) {
    if (!take("{\"")) return false;
    std::size_t length = rest_.find('"');
    if (length > 4) return false;  // npos too
    std::string_view type = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return take(':') && typed(type, out, depth) && take('}');
  }

  bool typed(std::string_view type, Value& out, int depth) {
    if (type == "S") return string(out.data.emplace<String>().text);
    if (type == "N") return string(out.data.emplace<Number>().text);
    if (type == "M") return map(out.data.emplace<Map>(), depth + 1);
    if (type == "BOOL") return boolean(out);
    if (type == "B") return binary(out.data.emplace<Binary>().bytes);
    if (type == "L") {
      if (depth > kMaxDepth) return false;
      return array(out.data.emplace<List>().members,
                   [this, depth](Value& member) { return value(member, depth + 1); });
    }
    if (type == "NULL") return take("true");  // a Value starts as Null
    auto text = [this](std::string& member) { return string(member); };
    if (type == "SS") return array(out.data.emplace<StringSet>().members, text);
    if (type == "NS") return array(out.data.emplace<NumberSet>().members, text);
    if (type == "BS") {
      return array(out.data.emplace<BinarySet>().members,
                   [this](std::string& member) { return binary(member); });
    }
    return false;
  }

  bool boolean(Value& out) {
    bool is_true = take("true");
    out.data = is_true;
    return is_true || take("false");
  }

  template <class Members, class Read>
  bool array(Members& out, Read read) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!read(out.emplace_back())) return false;
    } while (take(','));
    return take(']');
  }

  std::string_view rest_;
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
  out.reserve(kMaxHeader + size + size / 8 + 16 * item.members.size());
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
  Item item;
  if (!StoredReader(stored_json(stored)).read_all(item)) return base::fail(StoredError::kCorrupt);
  return item;
}

}  // namespace millrace::table
