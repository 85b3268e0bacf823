#include "services/dynamodb/attribute_codec.h"

#include <bit>
#include <type_traits>

#include <simdjson.h>

#include "engines/table/item_codec.h"

namespace millrace::dynamodb {
namespace {

// A wire::Json is a simdjson element whose type its header does not show.
simdjson::dom::element as_element(const wire::Json& json) {
  static_assert(sizeof(wire::Json) == sizeof(simdjson::dom::element) &&
                std::is_trivially_copyable_v<simdjson::dom::element>);
  return std::bit_cast<simdjson::dom::element>(json);
}

}  // namespace

bool decode_attribute(const wire::Json& json, wire::Place place, table::Value& out,
                      wire::DecodeErrors& errors) {
  auto value = table::decode_value(as_element(json));
  if (!value) {
    // The place is told of the value itself, not of what it contains.
    const bool wrong_field = place == wire::Place::kField && json.kind() != wire::JsonKind::kObject &&
                             value.error().message == "Unexpected value type in payload";
    return errors.fail(wrong_field ? "Unexpected field type" : std::move(value.error().message));
  }
  out = std::move(*value);
  return true;
}

bool decode_attribute_map(const wire::Json& json, table::Map& out, wire::DecodeErrors& errors) {
  auto item = table::decode_item(as_element(json));
  if (!item) return errors.fail(std::move(item.error().message));
  out = std::move(*item);
  return true;
}

void encode_attribute(const table::Value& value, std::string& out) {
  table::append_json(out, value);
}

void encode_attribute_map(const table::Map& map, std::string& out) {
  table::append_json(out, map);
}

}  // namespace millrace::dynamodb
