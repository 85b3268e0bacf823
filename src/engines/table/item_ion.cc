#include "engines/table/item_ion.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"
#include "engines/table/item_codec.h"

namespace millrace::table {
namespace {

constexpr int kMaxDepth = 64;  // the items' own limit is lower and is checked with the values

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_identifier_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_identifier(std::string_view name) {
  if (name.empty() || !is_identifier_start(name.front())) return false;
  if (!std::ranges::all_of(name, [](char c) { return is_identifier_start(c) || is_digit(c); })) return false;
  // "$10" is the tenth symbol of a table, and these are values.
  if (name.front() == '$' && name.size() > 1 && std::ranges::all_of(name.substr(1), is_digit)) return false;
  return name != "null" && name != "true" && name != "false" && name != "nan";
}

// Writing -------------------------------------------------------------------------------------------------------------------

void append_quoted(std::string& out, std::string_view text, char quote) {
  out += quote;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  out += quote;
}

// A decimal, never an int: "103." as DynamoDB writes it.
void append_decimal(std::string& out, std::string_view number) {
  out += number;
  if (number.find('.') == std::string_view::npos) out += '.';
}

void append_blob(std::string& out, std::string_view bytes) {
  out += "{{";
  base::append_base64(out, bytes);
  out += "}}";
}

void append_value(std::string& out, const Value& value);

template <class Members, class Append>
void append_list(std::string& out, const Members& members, Append append) {
  out += '[';
  for (const auto& member : members) {
    if (&member != &members.front()) out += ',';
    append(out, member);
  }
  out += ']';
}

struct Writer {
  std::string& out;
  void operator()(const Null&) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(const String& value) const { append_quoted(out, value.text, '"'); }
  void operator()(const Number& value) const { append_decimal(out, value.text); }
  void operator()(const Binary& value) const { append_blob(out, value.bytes); }
  void operator()(const StringSet& value) const {
    out += "$dynamodb_SS::";
    append_list(out, value.members,
                [](std::string& to, const std::string& text) { append_quoted(to, text, '"'); });
  }
  void operator()(const NumberSet& value) const {
    out += "$dynamodb_NS::";
    append_list(out, value.members, append_decimal);
  }
  void operator()(const BinarySet& value) const {
    out += "$dynamodb_BS::";
    append_list(out, value.members, append_blob);
  }
  void operator()(const List& value) const { append_list(out, value.members, append_value); }
  void operator()(const Map& value) const { append_ion(out, value); }
  void operator()(const Invalid&) const {}  // never stored
};

void append_value(std::string& out, const Value& value) {
  std::visit(Writer{out}, value.data);
}

// Reading -------------------------------------------------------------------------------------------------------------------

enum class Context { kPlain, kValue };  // what a value becomes: JSON, or an attribute value

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  base::Result<std::string, IonError> parse() {
    skip();
    if (rest_.starts_with("$ion_1_0") && !continues_identifier(8)) {
      rest_.remove_prefix(8);
      skip();
    }
    if (!value(0, 2)) return base::fail(IonError{error_});
    skip();
    if (!rest_.empty()) return base::fail(IonError{"Ion: more than one value on a line"});
    return std::move(out_);
  }

 private:
  bool fail(std::string message) {
    if (error_.empty()) error_ = "Ion: " + std::move(message);
    return false;
  }
  bool continues_identifier(std::size_t at) const {
    return at < rest_.size() && (is_identifier_start(rest_[at]) || is_digit(rest_[at]));
  }

  // White space and comments.
  void skip() {
    for (;;) {
      const auto at = rest_.find_first_not_of(" \t\r\n\v\f");
      rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
      std::size_t end = 0;
      if (rest_.starts_with("//"))
        end = rest_.find('\n');
      else if (rest_.starts_with("/*"))
        end = rest_.find("*/", 2);
      else
        return;
      const std::size_t mark = rest_[1] == '*' ? 2 : 1;
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + mark);
    }
  }
  bool take(char c) {
    skip();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // `plain`: how many levels of structs are still names around items rather than values.
  bool value(int depth, int plain) {
    if (depth > kMaxDepth) return fail("nested too deeply");
    std::string annotation;
    if (!annotations(annotation)) return false;
    if (rest_.empty()) return fail("a value is missing");
    const char c = rest_.front();
    if (plain > 0) {
      if (c != '{' || rest_.starts_with("{{")) return fail("a struct is expected");
      rest_.remove_prefix(1);
      return members(depth, plain);
    }
    if (c == '[') {
      rest_.remove_prefix(1);
      return list(annotation, depth);
    }
    if (annotation.starts_with("$dynamodb_")) return fail("the annotation " + annotation + " is for lists");
    if (rest_.starts_with("{{")) return blob();
    if (c == '{') {
      rest_.remove_prefix(1);
      out_ += "{\"M\":";
      const bool good = members(depth, 1);
      out_ += '}';
      return good;
    }
    if (c == '"' || rest_.starts_with("'''")) return string();
    if (is_digit(c) || c == '-' || c == '+') return number();
    return word();
  }

  // name:: before a value; the last one counts, as sets have one.
  bool annotations(std::string& last) {
    for (;;) {
      skip();
      const std::string_view before = rest_;
      std::string name;
      if (rest_.empty() || rest_.starts_with("'''") ||
          !(rest_.front() == '\'' || is_identifier_start(rest_.front())))
        return true;
      if (!symbol(name)) return false;
      skip();
      if (!rest_.starts_with("::")) {
        rest_ = before;
        return true;
      }
      rest_.remove_prefix(2);
      last = std::move(name);
    }
  }

  bool symbol(std::string& name) {
    if (rest_.front() == '\'') return quoted('\'', name);
    std::size_t size = 0;
    while (continues_identifier(size))
      ++size;
    name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return size > 0 || fail("a name is expected");
  }

  // Behind the '{'.
  bool members(int depth, int plain) {
    out_ += '{';
    bool first = true;
    while (!take('}')) {
      if (!first && !take(',')) return fail("a comma is missing");
      if (take('}')) break;  // after a last comma
      std::string name;
      skip();
      if (rest_.empty()) return fail("a struct has no end");
      const bool named = rest_.front() == '"' ? quoted('"', name)
                         : is_identifier_start(rest_.front()) || rest_.front() == '\''
                             ? symbol(name)
                             : fail("a name is expected");
      if (!named) return false;
      if (!take(':')) return fail("a colon is missing");
      if (!first) out_ += ',';
      append_json_string(out_, name);
      out_ += ':';
      if (!value(depth + 1, plain - 1)) return false;
      first = false;
    }
    out_ += '}';
    return true;
  }

  // Behind the '['. Sets hold bare texts, lists hold values.
  bool list(const std::string& annotation, int depth) {
    const bool strings = annotation == "$dynamodb_SS";
    const bool numbers = annotation == "$dynamodb_NS";
    const bool blobs = annotation == "$dynamodb_BS";
    if (!strings && !numbers && !blobs && annotation.starts_with("$dynamodb_"))
      return fail("the annotation " + annotation + " is unknown");
    const bool set = strings || numbers || blobs;
    out_ += set ? "{\"" + annotation.substr(10) + "\":[" : std::string("{\"L\":[");
    bool first = true;
    while (!take(']')) {
      if (!first && !take(',')) return fail("a comma is missing");
      if (take(']')) break;
      skip();
      if (rest_.empty()) return fail("a list has no end");
      if (!first) out_ += ',';
      const std::size_t before = out_.size();
      if (!value(depth + 1, 0)) return false;
      if (set && !unwrap(before, strings ? "S" : numbers ? "N" : "B")) return false;
      first = false;
    }
    out_ += "]}";
    return true;
  }

  // {"S":"x"} at the end of what was written becomes "x".
  bool unwrap(std::size_t at, std::string_view type) {
    const std::string head = "{\"" + std::string(type) + "\":";
    if (std::string_view(out_).substr(at, head.size()) != head)
      return fail("a member of a set is of another type");
    out_.erase(at, head.size());
    out_.pop_back();
    return true;
  }

  bool blob() {
    rest_.remove_prefix(2);
    const auto end = rest_.find("}}");
    if (end == std::string_view::npos) return fail("a blob has no end");
    std::string text;
    for (const char c : rest_.substr(0, end)) {
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') text += c;
    }
    if (!base::base64_decode(text)) return fail("a blob is not base64");
    rest_.remove_prefix(end + 2);
    out_ += "{\"B\":\"" + text + "\"}";
    return true;
  }

  bool string() {
    std::string text;
    if (rest_.front() == '"') {
      if (!quoted('"', text)) return false;
    } else {
      // Pieces that follow each other are one string.
      while (rest_.starts_with("'''")) {
        rest_.remove_prefix(3);
        if (!long_piece(text)) return false;
        skip();
      }
    }
    out_ += "{\"S\":";
    append_json_string(out_, text);
    out_ += '}';
    return true;
  }

  bool long_piece(std::string& text) {
    while (!rest_.starts_with("'''")) {
      if (rest_.empty()) return fail("a string has no end");
      if (!character(text)) return false;
    }
    rest_.remove_prefix(3);
    return true;
  }

  bool quoted(char quote, std::string& text) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\n') return fail("a string has no end");
      if (!character(text)) return false;
    }
    if (rest_.empty()) return fail("a string has no end");
    rest_.remove_prefix(1);
    if (!base::is_valid_utf8(text)) return fail("a string is not UTF-8");
    return true;
  }

  bool character(std::string& text) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c != '\\') {
      text += c;
      return true;
    }
    if (rest_.empty()) return fail("an escape has no end");
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view kFrom = "abtnfrv\"'?\\/0";
    constexpr std::string_view kTo("\a\b\t\n\f\r\v\"'?\\/\0", 13);
    if (const auto at = kFrom.find(kind); at != std::string_view::npos) {
      text += kTo[at];
      return true;
    }
    if (kind == '\n') return true;  // the line goes on
    if (kind == 'x') return code_point(2, text);
    if (kind == 'u') return code_point(4, text);
    if (kind == 'U') return code_point(8, text);
    return fail("an unknown escape");
  }

  std::optional<std::uint32_t> hex(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    std::uint32_t code = 0;
    for (const char c : rest_.substr(0, digits)) {
      const char low = static_cast<char>(c | 0x20);
      if (!is_digit(c) && !(low >= 'a' && low <= 'f')) return std::nullopt;
      code = code << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : low - 'a' + 10);
    }
    rest_.remove_prefix(digits);
    return code;
  }

  bool code_point(std::size_t digits, std::string& text) {
    auto code = hex(digits);
    if (!code) return fail("an escape is cut off");
    if (*code >= 0xd800 && *code < 0xdc00 && rest_.starts_with("\\u")) {
      rest_.remove_prefix(2);
      const auto low = hex(4);
      if (!low || *low < 0xdc00 || *low > 0xdfff) return fail("half a character");
      code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
    }
    if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return fail("no such character");
    append_utf8(text, *code);
    return true;
  }

  static void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
      put(0xc0 | code >> 6);
    } else {
      if (code < 0x10000) {
        put(0xe0 | code >> 12);
      } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
      }
      put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
  }

  // Ints, decimals and floats; the value's own rules are the number's. Timestamps, hexadecimal and binary are refused.
  bool number() {
    const auto end = rest_.find_first_of(" \t\r\n\v\f,]})/");
    std::string text;
    for (const char c : rest_.substr(0, end)) {
      if (c == '_') continue;
      if (!is_digit(c) && c != '.' && c != '-' && c != '+' && c != 'd' && c != 'D' && c != 'e' && c != 'E')
        return fail("not a number DynamoDB has");
      text += c == 'd' || c == 'D' ? 'e' : c;
    }
    rest_.remove_prefix(std::min(end, rest_.size()));
    const auto exponent = std::min(text.find_first_of("eE"), text.size());
    // "103." and "1.d5": the point may come last.
    if (exponent > 0 && text[exponent - 1] == '.') text.erase(exponent - 1, 1);
    const std::string_view digits = std::string_view(text).substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
    if (digits.empty() || !is_digit(digits.front()) || digits.find('-') == 4)
      return fail("not a number DynamoDB has");
    out_ += "{\"N\":\"" + text + "\"}";
    return true;
  }

  bool word() {
    std::size_t size = 0;
    while (size < rest_.size() && (continues_identifier(size) || rest_[size] == '.'))
      ++size;
    const std::string_view name = rest_.substr(0, size);
    if (name == "true" || name == "false") {
      out_ += name == "true" ? "{\"BOOL\":true}" : "{\"BOOL\":false}";
    } else if (name == "null" || name.starts_with("null.")) {
      out_ += "{\"NULL\":true}";
    } else {
      return fail(size == 0 ? "a value is expected" : "symbols are no values of DynamoDB");
    }
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  std::string out_;
  std::string error_;
};

}  // namespace

void append_ion(std::string& out, const Item& item) {
  out += '{';
  for (const auto& [name, value] : item.members) {
    if (&name != &item.members.front().first) out += ',';
    if (is_identifier(name))
      out += name;
    else
      append_quoted(out, name, '\'');
    out += ':';
    append_value(out, value);
  }
  out += '}';
}

base::Result<std::string, IonError> ion_item_to_json(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace millrace::table
