// Values and items to their canonical JSON.
#include <array>
#include <cstdint>
#include <cstring>

#include "base/encoding.h"
#include "engines/table/item_codec.h"

namespace millrace::table {
namespace {

constexpr char kHex[] = "0123456789abcdef";

constexpr bool needs_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

// Length of the front part that can be copied as it is; eight bytes at a time.
std::size_t plain_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    constexpr std::uint64_t kHigh = 0x8080808080808080u;
    std::uint64_t quote = word ^ (kOnes * '"');
    std::uint64_t slash = word ^ (kOnes * '\\');
    std::uint64_t found =
        ((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash);
    if (found & kHigh) break;
  }
  while (i < text.size() && !needs_escape(static_cast<unsigned char>(text[i])))
    ++i;
  return i;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

void append_base64_string(std::string& out, std::string_view bytes) {
  out += '"';
  base::append_base64(out, bytes);
  out += '"';
}

struct JsonWriter {
  std::string& out;

  void operator()(const Null&) { out += R"({"NULL":true})"; }
  void operator()(bool b) { out += b ? R"({"BOOL":true})" : R"({"BOOL":false})"; }
  void operator()(const String& s) {
    out += R"({"S":)";
    append_json_string(out, s.text);
    out += '}';
  }
  void operator()(const Number& n) { out.append(R"({"N":")").append(n.text).append("\"}"); }
  void operator()(const Binary& b) {
    out += R"({"B":)";
    append_base64_string(out, b.bytes);
    out += '}';
  }
  void operator()(const StringSet& s) { members(R"({"SS":[)", s.members, append_json_string); }
  void operator()(const NumberSet& s) { members(R"({"NS":[)", s.members, append_json_string); }
  void operator()(const BinarySet& s) { members(R"({"BS":[)", s.members, append_base64_string); }
  void operator()(const List& list) {
    members(R"({"L":[)", list.members, [](std::string& o, const Value& v) { append_json(o, v); });
  }
  void operator()(const Map& map) {
    out += R"({"M":)";
    append_json(out, map);
    out += '}';
  }
  void operator()(const Invalid&) { out += "{}"; }

  template <class Members, class Append>
  void members(std::string_view head, const Members& all, Append append) {
    out += head;
    bool first = true;
    for (const auto& member : all) {
      if (!first) out += ',';
      first = false;
      append(out, member);
    }
    out += "]}";
  }
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    std::size_t plain = plain_prefix(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    append_escape(out, static_cast<unsigned char>(text[plain]));
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  std::visit(JsonWriter{out}, value.data);
}

void append_json(std::string& out, const Item& item) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : item.members) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    append_json(out, value);
  }
  out += '}';
}

std::string to_json(const Item& item) {
  std::string out;
  append_json(out, item);
  return out;
}

}  // namespace millrace::table
