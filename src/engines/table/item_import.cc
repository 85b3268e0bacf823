#include "engines/table/item_import.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "engines/table/item_codec.h"
#include "engines/table/item_ion.h"

namespace millrace::table {

struct ItemReader::Parser {
  simdjson::dom::parser json;

  Read item(simdjson::dom::element element) {
    auto decoded = decode_item(element);
    if (!decoded) return base::fail(decoded.error().message);
    if (const Invalid* invalid = first_invalid(*decoded)) return base::fail(invalid->message);
    return std::move(*decoded);
  }
  // {"Item":...}
  Read member(std::string_view text) {
    auto root = json.parse(text.data(), text.size());
    if (root.error())
      return base::fail(std::string("Not valid JSON: ") + simdjson::error_message(root.error()));
    auto found = root["Item"];
    if (found.error()) return base::fail(std::string("No member \"Item\" in the object"));
    return item(found.value_unsafe());
  }
};

ItemReader::ItemReader() : parser_(std::make_unique<Parser>()) {}
ItemReader::~ItemReader() = default;

ItemReader::Read ItemReader::dynamodb_json(std::string_view line) {
  return parser_->member(line);
}

ItemReader::Read ItemReader::ion(std::string_view line) {
  const auto json = ion_item_to_json(line);
  if (!json) return base::fail(json.error().message);
  return parser_->member(*json);
}

ItemReader::Read ItemReader::csv(const std::vector<std::string>& fields,
                                 const std::vector<CsvColumn>& columns) {
  if (fields.size() != columns.size())
    return base::fail(
        fmt::format("The record has {} values and the header {} columns", fields.size(), columns.size()));
  std::string json = "{";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].empty() && columns[i].optional) continue;
    if (json.size() > 1) json += ',';
    append_json_string(json, columns[i].name);
    json += ":{\"" + columns[i].type + "\":";
    append_json_string(json, fields[i]);
    json += '}';
  }
  json += '}';
  auto root = parser_->json.parse(json.data(), json.size());
  if (root.error())
    return base::fail(std::string("Not valid text: ") + simdjson::error_message(root.error()));
  return parser_->item(root.value_unsafe());
}

}  // namespace millrace::table
