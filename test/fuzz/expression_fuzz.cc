// Any text as any kind of expression: parsing and evaluating must end, without a crash and within the size of an item; what
// comes out of an update must be an item that can be stored. The first byte picks the kind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"

using namespace millrace::table;

namespace {

Item item(std::string_view json) {
  simdjson::dom::parser parser;
  auto root = parser.parse(json.data(), json.size());
  if (root.error()) std::abort();
  return *decode_item(root.value_unsafe());
}

struct World {
  Item stored =
      item(R"({"a":{"S":"text"},"b":{"N":"1.5"},"c":{"L":[{"N":"1"},{"L":[{"S":"x"},{"S":"y"}]},{"M":{}}]},
    "d":{"M":{"a":{"M":{"b":{"L":[{"B":"AAA="}]}}},"b":{"NULL":true}}},"e":{"SS":["p","q"]},"f":{"NS":["1","2"]},
    "g":{"B":"AQI="},"h":{"BS":["AQ=="]},"i":{"BOOL":true},"j":{"N":"9E125"}})");
  Item values = item(R"({":a":{"S":"te"},":b":{"N":"1"},":c":{"L":[{"S":"z"}]},":d":{"M":{"a":{"S":"n"}}},
    ":e":{"SS":["q","r"]},":f":{"NS":["2"]},":g":{"B":"AQ=="},":h":{"BS":["AQ=="]},":i":{"BOOL":false},
    ":j":{"NULL":true},":k":{"S":"S"},":l":{"N":"-9.9E125"}})");
  std::vector<std::pair<std::string, std::string>> names = {
      {"#a", "a"}, {"#b", "b"}, {"#c", "c"}, {"#d", "d"}, {"#e", "k"}};
};

void check_storable(const Item& result) {
  auto back = decode_stored(encode_stored(result));
  if (!back || !(*back == result)) std::abort();
}

void fuzz_update(std::string_view text, World& world, Placeholders& placeholders) {
  auto update = parse_update(text, placeholders);
  if (!update) return;
  auto after = update->apply(world.stored);
  if (!after) return;
  check_storable(*after);
  check_storable(update->updated_attributes(*after));
  for (std::size_t i = 0; i < update->size(); ++i)
    (void)update->result_type(i);
}

void fuzz_condition(std::string_view text, World& world, Placeholders& placeholders) {
  auto condition = parse_condition(ConditionKind::kKeyCondition, text, placeholders);
  if (!condition) return;
  (void)condition->matches(world.stored);
  condition->visit_paths([](Path path) { (void)describe_path(path); });
  auto keys = key_conditions_of(*condition);
  if (!keys) return;
  auto query =
      bind_key_conditions(*keys, {.partition_name = "a", .sort_name = "b", .sort_type = KeyType::kNumber});
  if (query && !query->sort.empty()) (void)matches(query->sort.front(), *world.stored.find("b"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static World world;
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  Placeholders placeholders(&world.names, &world.values);
  switch (data[0] % 3) {
    case 0:
      fuzz_condition(text, world, placeholders);
      break;
    case 1:
      fuzz_update(text, world, placeholders);
      break;
    default:
      if (auto projection = parse_projection(text, placeholders))
        check_storable(projection->apply(world.stored));
  }
  (void)placeholders.check_all_used();
  return 0;
}
