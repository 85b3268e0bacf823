#include "engines/table/item_validation.h"

#include <gtest/gtest.h>

#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

const KeySchemaView kSchema{.partition_name = "h", .sort_name = "r", .sort_type = KeyType::kNumber};
const KeySchemaView kHashOnly{.partition_name = "h"};
const KeySchemaView kText{.partition_name = "h", .sort_name = "r"};
const IndexKeyAttribute kIndexKeys[] = {{"byG", "g", KeyType::kString, true},
                                        {"byG", "x", KeyType::kNumber, false}};

std::string shown(const base::Result<void, ExpressionError>& result) {
  return result ? "ok" : result.error().message;
}

std::string long_text(std::size_t length) {
  return R"({"S":")" + std::string(length, 'k') + R"("})";
}

TEST(ItemValidation, ChecksItems) {
  const std::string kBad = "One or more parameter values were invalid: ";
  auto check = [](const std::string& json, const KeySchemaView& schema) {
    return shown(check_item(item_from_json(json), schema, kIndexKeys));
  };
  EXPECT_EQ(check(R"({"h":{"S":"a"},"r":{"N":"1"},"g":{"S":"z"},"x":{"N":"2"}})", kSchema), "ok");
  EXPECT_EQ(check(R"({"r":{"N":"1"}})", kSchema), kBad + "Missing the key h in the item");
  EXPECT_EQ(check(R"({"h":{"S":"a"}})", kSchema), kBad + "Missing the key r in the item");
  EXPECT_EQ(check(R"({"h":{"S":"a"},"r":{"S":"1"}})", kSchema),
            kBad + "Type mismatch for key r expected: N actual: S");
  EXPECT_EQ(check(R"({"h":{"S":""}})", kHashOnly),
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
            "contain an empty "
            "string value. Key: h");
  EXPECT_EQ(check(R"({"h":)" + long_text(2048) + "}", kHashOnly), "ok");
  EXPECT_EQ(check(R"({"h":)" + long_text(2049) + "}", kHashOnly),
            kBad + "Size of hashkey has exceeded the maximum size limit of2048 bytes");
  EXPECT_EQ(check(R"({"h":{"S":"a"},"r":)" + long_text(1024) + "}", kText), "ok");
  EXPECT_EQ(check(R"({"h":{"S":"a"},"r":)" + long_text(1025) + "}", kText),
            kBad + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  EXPECT_EQ(check(R"({"h":{"S":"a"},"g":{"N":"1"}})", kHashOnly),
            kBad + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG");
  EXPECT_EQ(
      check(R"({"h":{"S":"a"},"g":{"S":""}})", kHashOnly),
      "One or more parameter values are not valid. A value specified for a secondary index key is not "
      "supported. The "
      "AttributeValue for a key attribute cannot contain an empty string value. IndexName: byG, IndexKey: g");
}

TEST(ItemValidation, ChecksSizes) {
  EXPECT_EQ(shown(check_item_size(item_from_json(R"({"h":)" + long_text(400 * 1024 - 1) + "}"))), "ok");
  EXPECT_EQ(shown(check_item_size(item_from_json(R"({"h":)" + long_text(400 * 1024) + "}"))),
            "Item size has exceeded the maximum allowed size");
  EXPECT_EQ(shown(check_updated_item(item_from_json(R"({"h":)" + long_text(400 * 1024) + "}"), {})),
            "Item size to update has exceeded the maximum allowed size");
  EXPECT_EQ(shown(check_updated_item(item_from_json(R"({"h":{"S":"a"},"g":{"N":"1"}})"), kIndexKeys)),
            "The update expression attempted to update the secondary index key to unsupported type");
}

TEST(ItemValidation, ChecksNestingAfterUpdates) {
  auto nested = [](int wraps) {
    std::string json = R"({"S":"x"})";
    for (int i = 0; i < wraps; ++i)
      json.insert(0, R"({"L":[)").append("]}");
    return json;
  };
  auto check = [&](int outer, int inner) {
    Item item = item_from_json(R"({"h":{"S":"a"},"d":)" + nested(inner) + "}");
    Value wrapped = *item.find("d");
    for (int i = 0; i < outer; ++i) {
      List list;
      list.members.push_back(std::move(wrapped));
      wrapped = Value{std::move(list)};
    }
    item.set("d", wrapped);
    return shown(check_updated_item(item, {}));
  };
  EXPECT_EQ(check(10, 21), "ok");
  EXPECT_EQ(check(10, 22),
            "Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit");
}

TEST(ItemValidation, ChecksKeys) {
  const std::string kMismatch = "The provided key element does not match the schema";
  auto check = [](const std::string& json, const KeySchemaView& schema) {
    return shown(check_key(item_from_json(json), schema));
  };
  EXPECT_EQ(check(R"({"h":{"S":"a"},"r":{"N":"1"}})", kSchema), "ok");
  for (const std::string json :
       {"{}", R"({"h":{"S":"a"}})", R"({"h":{"S":"a"},"r":{"S":"1"}})", R"({"h":{"S":"a"},"x":{"N":"1"}})",
        R"({"h":{"S":"a"},"r":{"N":"1"},"x":{"N":"1"}})"}) {
    EXPECT_EQ(check(json, kSchema), kMismatch) << json;
  }
  EXPECT_EQ(check(R"({"h":{"S":""}})", kHashOnly),
            "One or more parameter values were invalid: The AttributeValue for a key attribute cannot "
            "contain an empty "
            "string value. Key: h");
}

TEST(ItemValidation, ChecksUpdatesAndPaths) {
  const Item values = item_from_json(R"({":s":{"S":"a"},":n":{"N":"1"},":e":{"S":""}})");
  auto check = [&](std::string_view text) {
    Placeholders placeholders(&values);
    return shown(check_update(*parse_update(text, placeholders), kSchema, kIndexKeys));
  };
  const std::string kBad = "One or more parameter values were invalid: ";
  const std::string kScalar =
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  EXPECT_EQ(check("SET a = :s, g = :s, x = x + :n"), "ok");
  EXPECT_EQ(check("SET h = :s"), kBad + "Cannot update attribute h. This attribute is part of the key");
  EXPECT_EQ(check("REMOVE r[0]"), kBad + "Cannot update attribute r. This attribute is part of the key");
  EXPECT_EQ(check("SET g = :n"), kBad + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG");
  EXPECT_EQ(check("SET g = :n + :n"),
            kBad + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG");
  EXPECT_EQ(check("SET g.a = :s"), kScalar + "IndexKey: g");
  EXPECT_TRUE(
      check("SET g = :e").starts_with("One or more parameter values are not valid. A value specified"));
  const PathElement key[] = {{.name = "h"}, {.name = "a"}},
                    index[] = {{.name = "x"}, {.index = 1, .is_index = true}};
  EXPECT_EQ(shown(check_path(key, kSchema, kIndexKeys)), kScalar + "Key: h");
  EXPECT_EQ(shown(check_path(index, kSchema, kIndexKeys)), kScalar + "IndexKey: x");
  EXPECT_EQ(shown(check_path(Path(key).first(1), kSchema, kIndexKeys)), "ok");
}

}  // namespace
}  // namespace millrace::table
