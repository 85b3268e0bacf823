// Values and items to their canonical JSON.
#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "engines/table/json_text.h"

namespace millrace::table {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Writes behind the end of a string, which grows ahead of it: appending bit by bit would check its capacity each time.
class Cursor {
 public:
  explicit Cursor(std::string& out) : out_(out), at_(out.size()) {
    out_.resize(std::max(out_.capacity(), at_ + 64));
  }
  ~Cursor() { out_.resize(at_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  void put(std::string_view text) {
    reserve(text.size());
    std::memcpy(out_.data() + at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(char c) {
    reserve(1);
    out_[at_++] = c;
  }
  void put_base64(std::string_view bytes) {
    out_.resize(at_);
    base::append_base64(out_, bytes);
    at_ = out_.size();
  }

 private:
  void reserve(std::size_t size) {
    if (out_.size() - at_ < size) out_.resize((at_ + size) * 2);
  }

  std::string& out_;
  std::size_t at_;
};

void put_escape(Cursor& out, unsigned char c) {
  switch (c) {
    case '"':
      return out.put("\\\"");
    case '\\':
      return out.put("\\\\");
    case '\n':
      return out.put("\\n");
    case '\r':
      return out.put("\\r");
    case '\t':
      return out.put("\\t");
    default:
      out.put("\\u00");
      out.put(kHex[c >> 4]);
      out.put(kHex[c & 15]);
  }
}

void put_string(Cursor& out, std::string_view text) {
  out.put('"');
  for (;;) {
    std::size_t plain = plain_json_prefix(text);
    out.put(text.substr(0, plain));
    if (plain == text.size()) break;
    put_escape(out, static_cast<unsigned char>(text[plain]));
    text.remove_prefix(plain + 1);
  }
  out.put('"');
}

void put_binary(Cursor& out, std::string_view bytes) {
  out.put('"');
  out.put_base64(bytes);
  out.put('"');
}

void put_value(Cursor& out, const Value& value);
void put_item(Cursor& out, const Item& item);

struct JsonWriter {
  Cursor& out;

  void operator()(const Null&) { out.put(R"({"NULL":true})"); }
  void operator()(bool b) { out.put(b ? R"({"BOOL":true})" : R"({"BOOL":false})"); }
  void operator()(const String& s) {
    out.put(R"({"S":)");
    put_string(out, s.text);
    out.put('}');
  }
  void operator()(const Number& n) {
    out.put(R"({"N":")");
    out.put(n.text);
    out.put("\"}");
  }
  void operator()(const Binary& b) {
    out.put(R"({"B":)");
    put_binary(out, b.bytes);
    out.put('}');
  }
  void operator()(const StringSet& s) { members(R"({"SS":[)", s.members, put_string); }
  void operator()(const NumberSet& s) { members(R"({"NS":[)", s.members, put_string); }
  void operator()(const BinarySet& s) { members(R"({"BS":[)", s.members, put_binary); }
  void operator()(const List& list) { members(R"({"L":[)", list.members, put_value); }
  void operator()(const Map& map) {
    out.put(R"({"M":)");
    put_item(out, map);
    out.put('}');
  }
  void operator()(const Invalid&) { out.put("{}"); }

  template <class Members, class Put>
  void members(std::string_view head, const Members& all, Put put) {
    out.put(head);
    bool first = true;
    for (const auto& member : all) {
      if (!first) out.put(',');
      first = false;
      put(out, member);
    }
    out.put("]}");
  }
};

void put_value(Cursor& out, const Value& value) {
  std::visit(JsonWriter{out}, value.data);
}

void put_item(Cursor& out, const Item& item) {
  out.put('{');
  bool first = true;
  for (const auto& [name, value] : item.members) {
    if (!first) out.put(',');
    first = false;
    put_string(out, name);
    out.put(':');
    put_value(out, value);
  }
  out.put('}');
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  Cursor cursor(out);
  put_string(cursor, text);
}

void append_json(std::string& out, const Value& value) {
  Cursor cursor(out);
  put_value(cursor, value);
}

void append_json(std::string& out, const Item& item) {
  Cursor cursor(out);
  put_item(cursor, item);
}

std::string to_json(const Item& item) {
  std::string out;
  append_json(out, item);
  return out;
}

}  // namespace millrace::table
