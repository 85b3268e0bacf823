// Json: one value of a parsed JSON text, 16 bytes, cheap to copy. It is a view into its JsonParser, valid
// until that parser parses again. simdjson does the work (json_value.cc); this header keeps its 3 s of
// templates out of everybody's build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::wire {

enum class JsonKind : std::uint8_t { kAbsent, kNull, kBool, kInt, kUint, kDouble, kString, kArray, kObject };

class JsonFields;
class JsonElements;

class Json {
 public:
  Json() = default;
  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::kNull; }

  // Only for a value of that kind.
  bool as_bool() const;
  std::int64_t as_int() const;         // kInt
  std::uint64_t as_uint() const;       // kUint: above the largest int64
  double as_double() const;            // any number
  std::string_view as_string() const;  // unescaped, valid UTF-8; lives as long as the parse
  std::size_t size() const;            // kArray, kObject: members, saturated at 2^24-1

  // First member of that name; kAbsent when there is none or this is not an object. Linear.
  Json find(std::string_view name) const;

 private:
  friend class JsonParser;
  friend class JsonFields;
  friend class JsonElements;
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

// for (JsonFields f(object); f.next();) use(f.key(), f.value());
class JsonFields {
 public:
  explicit JsonFields(const Json& object);
  bool next();
  std::string_view key() const { return key_; }
  const Json& value() const { return value_; }

 private:
  std::string_view key_;
  Json value_;
  std::size_t at_ = 0, end_ = 0;
};

// for (JsonElements e(array); e.next();) use(e.value());
class JsonElements {
 public:
  explicit JsonElements(const Json& array);
  bool next();
  const Json& value() const { return value_; }

 private:
  Json value_;
  std::size_t at_ = 0, end_ = 0;
};

// Reuses its buffers; one thread at a time. Keep one per parse that must stay valid across a wait.
class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  // False when the text is not one JSON value (RFC 8259, UTF-8 checked). `text` may go away after the call.
  bool parse(std::string_view text);
  Json root() const;
  std::size_t capacity() const;  // bytes of text the buffers hold

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::wire
