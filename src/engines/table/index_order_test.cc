// The order of entries with equal keys in a global index: AWS's, which goes by a hash of the table's key.
#include <algorithm>

#include <gtest/gtest.h>

#include "engines/table/item_testing.h"
#include "engines/table/item_write.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

TableDefinition table_with_index() {
  TableDefinition table;
  table.id = 7;
  table.name = {"000000000000", "us-east-1", "ties"};
  table.keys = {{"a", KeyType::kString}, KeyAttribute{"b", KeyType::kString}, {}, {}};
  IndexDefinition index;
  index.id = 8;
  index.name = "by-c";
  index.keys = {{"c", KeyType::kString}, std::nullopt, {}, {}};
  table.indexes.push_back(std::move(index));
  table.seal();
  return table;
}

Item item(const std::string& a, const std::string& b) {
  return item_from_json(R"({"a":{"S":")" + a + R"("},"b":{"S":")" + b + R"("},"c":{"S":"same"}})");
}

std::vector<std::string> order(const TableDefinition& table, const std::vector<std::string>& items) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const std::string& one : items)
    keys.emplace_back(index_entry_key(table, table.indexes[0], item(one.substr(0, 1), one.substr(1))), one);
  std::ranges::sort(keys);
  std::vector<std::string> sorted;
  for (const auto& [key, name] : keys)
    sorted.push_back(name);
  return sorted;
}

TEST(IndexOrder, OfEqualKeysIsTheHashOfTheTablesKey) {
  // As recorded from AWS by dynalite's authors.
  EXPECT_EQ(order(table_with_index(), {"aa", "ba", "ca", "cb", "da", "db"}),
            (std::vector<std::string>{"aa", "da", "ba", "ca", "db", "cb"}));
}

TEST(IndexOrder, OfAnIndexFromBeforeStaysAsItWas) {
  TableDefinition table = table_with_index();
  table.indexes[0].hashed_ties = false;
  const std::string old_bytes = encode_definition(table);
  EXPECT_EQ(old_bytes.find("hashed_ties"), std::string::npos);
  const auto old = decode_definition(old_bytes);
  ASSERT_TRUE(old);
  EXPECT_FALSE(old->indexes[0].hashed_ties);
  EXPECT_TRUE(decode_definition(encode_definition(table_with_index()))->indexes[0].hashed_ties);
  // In the order of the hash of "a" alone, then of "b": what stands in a store from before is found again.
  std::string expected = index_prefix(8);
  append_partition(expected, Value{String{"same"}});
  append_partition(expected, Value{String{"x"}});
  append_sort(expected, Value{String{"y"}});
  EXPECT_EQ(index_entry_key(*old, old->indexes[0], item("x", "y")), expected);
}

}  // namespace
}  // namespace millrace::table
