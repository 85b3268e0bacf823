#include "engines/table/item_testing.h"

#include <stdexcept>
#include <string>

#include <simdjson.h>

#include "engines/table/item_codec.h"

namespace millrace::table {

Item item_from_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
    throw std::invalid_argument("not JSON: " + std::string(json));
  }
  auto item = decode_item(root);
  if (!item) throw std::invalid_argument(item.error().message + ": " + std::string(json));
  return std::move(*item);
}

Value value_from_json(std::string_view json) {
  return std::move(item_from_json(R"({"v":)" + std::string(json) + "}").members[0].second);
}

}  // namespace millrace::table
