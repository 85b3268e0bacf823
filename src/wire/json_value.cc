#include "wire/json_value.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include <simdjson.h>

namespace millrace::wire {
namespace {

using simdjson::dom::element;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

// A Json holds what simdjson's own element holds: the document and a place on its tape.
static_assert(sizeof(tape_ref) == 16 && std::is_trivially_copyable_v<tape_ref>);

tape_ref tape(const void* document, std::size_t index) {
  return {static_cast<const simdjson::dom::document*>(document), index};
}

constexpr std::size_t kFirstCapacity = 16u << 10;
constexpr std::size_t kKeepCapacity = 1u << 20;  // a parser that met a larger text gives the memory back
constexpr std::size_t kMaxDepth = 512;

}  // namespace

JsonKind Json::kind() const {
  if (document_ == nullptr) return JsonKind::kAbsent;
  switch (tape(document_, index_).tape_ref_type()) {
    case tape_type::NULL_VALUE:
      return JsonKind::kNull;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE:
      return JsonKind::kBool;
    case tape_type::INT64:
      return JsonKind::kInt;
    case tape_type::UINT64:
      return JsonKind::kUint;
    case tape_type::DOUBLE:
      return JsonKind::kDouble;
    case tape_type::STRING:
      return JsonKind::kString;
    case tape_type::START_ARRAY:
      return JsonKind::kArray;
    case tape_type::START_OBJECT:
      return JsonKind::kObject;
    default:
      return JsonKind::kAbsent;
  }
}

bool Json::as_bool() const {
  return tape(document_, index_).is_true();
}
std::int64_t Json::as_int() const {
  return tape(document_, index_).next_tape_value<std::int64_t>();
}
std::uint64_t Json::as_uint() const {
  return tape(document_, index_).next_tape_value<std::uint64_t>();
}
double Json::as_double() const {
  switch (kind()) {
    case JsonKind::kInt:
      return static_cast<double>(as_int());
    case JsonKind::kUint:
      return static_cast<double>(as_uint());
    default:
      return tape(document_, index_).next_tape_value<double>();
  }
}
std::string_view Json::as_string() const {
  return tape(document_, index_).get_string_view();
}
std::size_t Json::size() const {
  const JsonKind k = kind();
  return k == JsonKind::kArray || k == JsonKind::kObject ? tape(document_, index_).scope_count() : 0;
}

Json Json::find(std::string_view name) const {
  if (kind() != JsonKind::kObject) return {};
  for (JsonFields f(*this); f.next();) {
    if (f.key() == name) return f.value();
  }
  return {};
}

JsonFields::JsonFields(const Json& object) {
  if (object.kind() != JsonKind::kObject) return;
  value_.document_ = object.document_;
  at_ = object.index_ + 1;
  end_ = tape(object.document_, object.index_).after_element() - 1;
}
bool JsonFields::next() {
  if (at_ >= end_) return false;
  key_ = tape(value_.document_, at_).get_string_view();
  value_.index_ = at_ + 1;
  at_ = tape(value_.document_, value_.index_).after_element();
  return true;
}

JsonElements::JsonElements(const Json& array) {
  if (array.kind() != JsonKind::kArray) return;
  value_.document_ = array.document_;
  at_ = array.index_ + 1;
  end_ = tape(array.document_, array.index_).after_element() - 1;
}
bool JsonElements::next() {
  if (at_ >= end_) return false;
  value_.index_ = at_;
  at_ = tape(value_.document_, at_).after_element();
  return true;
}

struct JsonParser::State {
  simdjson::dom::parser parser;
  std::unique_ptr<char[]> padded;
  std::size_t capacity = 0;
  bool parsed = false;

  bool reserve(std::size_t bytes) {
    const bool too_big = capacity > kKeepCapacity && bytes <= kFirstCapacity;
    if (bytes <= capacity && !too_big) return true;
    std::size_t want = kFirstCapacity;
    while (want < bytes)
      want *= 2;
    padded = std::make_unique_for_overwrite<char[]>(want + simdjson::SIMDJSON_PADDING);
    capacity = want;
    if (too_big) parser = simdjson::dom::parser();
    return parser.allocate(want, kMaxDepth) == simdjson::SUCCESS;
  }
};

JsonParser::JsonParser() : state_(std::make_unique<State>()) {}
JsonParser::~JsonParser() = default;
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;

bool JsonParser::parse(std::string_view text) {
  State& s = *state_;
  s.parsed = false;
  if (text.empty() || !s.reserve(text.size())) return false;
  std::memcpy(s.padded.get(), text.data(), text.size());
  std::memset(s.padded.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  s.parsed = s.parser.parse(s.padded.get(), text.size(), false).error() == simdjson::SUCCESS;
  return s.parsed;
}

Json JsonParser::root() const {
  Json json;
  if (state_->parsed) {
    json.document_ = &state_->parser.doc;
    json.index_ = 1;
  }
  return json;
}

std::size_t JsonParser::capacity() const {
  return state_->capacity;
}

}  // namespace millrace::wire
