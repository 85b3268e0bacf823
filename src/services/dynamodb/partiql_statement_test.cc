#include "services/dynamodb/partiql_statement.h"

#include <gtest/gtest.h>

#include "engines/table/item_codec.h"

namespace millrace::dynamodb::partiql {
namespace {

Statement parsed(std::string_view text, const std::vector<table::Value>& parameters = {}) {
  auto statement = parse_statement(text, parameters);
  EXPECT_TRUE(statement) << text << ": " << (statement ? "" : statement.error());
  return statement ? std::move(*statement) : Statement();
}
std::string problem(std::string_view text, const std::vector<table::Value>& parameters = {}) {
  auto statement = parse_statement(text, parameters);
  return statement ? "" : statement.error();
}

TEST(PartiqlStatement, ReadsSelectWithItsKeyCandidates) {
  const Statement select = parsed(
      R"(SELECT a, b.c AS d FROM "t"."i" WHERE pk = 'x' AND 5 < n AND begins_with("sk", 'p') ORDER BY sk DESC)");
  EXPECT_EQ(select.verb, Verb::kSelect);
  EXPECT_EQ(select.table, "t");
  EXPECT_EQ(select.index, "i");
  ASSERT_EQ(select.select.size(), 2u);
  EXPECT_EQ(select.select[1].name, "d");
  ASSERT_EQ(select.where.size(), 3u);
  EXPECT_EQ(select.where[0].attribute, "pk");
  EXPECT_EQ(select.where[0].comparison, table::Comparison::kEq);
  EXPECT_EQ(select.where[1].comparison, table::Comparison::kGt);
  EXPECT_EQ(select.where[2].comparison, table::Comparison::kBeginsWith);
  EXPECT_TRUE(select.descending);
}

TEST(PartiqlStatement, ConditionsInsideOrAreNoKeyCandidates) {
  const Statement select = parsed("SELECT * FROM t WHERE a = 1 OR b = 2 AND c = 3");
  ASSERT_EQ(select.where.size(), 1u);
  EXPECT_TRUE(select.where[0].attribute.empty());
}

TEST(PartiqlStatement, WritesNoParenthesesWithinParentheses) {
  EXPECT_EQ(parsed("SELECT * FROM t WHERE NOT a = 1").where[0].text, "NOT (#n0 = :v0)");
  EXPECT_EQ(parsed("SELECT * FROM t WHERE a = 1 OR (b = 2 AND NOT c = 3)").where[0].text,
            "(#n0 = :v0) OR ((#n1 = :v1) AND (NOT (#n2 = :v2)))");
}

TEST(PartiqlStatement, ReadsAnItemWithAllKindsOfValues) {
  const Statement insert = parsed(
      R"(INSERT INTO t VALUE {'pk': ?, 'n': -1.50, 'b': true, 'z': null, 'l': [1, 'it''s'], 's': <<'a', 'b'>>})",
      {table::Value{table::String{"k"}}});
  EXPECT_EQ(table::to_json(insert.item),
            R"({"pk":{"S":"k"},"n":{"N":"-1.5"},"b":{"BOOL":true},"z":{"NULL":true},)"
            R"("l":{"L":[{"N":"1"},{"S":"it's"}]},"s":{"SS":["a","b"]}})");
}

TEST(PartiqlStatement, TurnsUpdatesIntoOneExpression) {
  const Statement update = parsed(
      "UPDATE t SET a = a + 1, b = list_append(b, [2]) SET c = set_add(c, <<3>>) REMOVE d.e[0] WHERE pk = "
      "'x' RETURNING ALL NEW *");
  EXPECT_EQ(update.update, "SET #n0 = #n1 + :v0, #n2 = list_append(#n3, :v1) REMOVE #n6.#n7[0] ADD #n5 :v2");
  EXPECT_EQ(update.returning, Returning::kAllNew);
}

TEST(PartiqlStatement, RefusesWhatIsNotWellFormed) {
  for (const char* text :
       {"SELECTT * FROMM t", "SELECT * FROM", "SELECT * FROM t WHERE", "UPDATE t WHERE a = 1", "DELETE t",
        "INSERT INTO t VALUE 5", "SELECT * FROM t; SELECT", "SELECT * FROM t WHERE a = 'x", "", "#"})
    EXPECT_TRUE(problem(text).starts_with("Statement wasn't well formed")) << text << ": " << problem(text);
}

TEST(PartiqlStatement, ParametersMustMatch) {
  EXPECT_EQ(problem("SELECT * FROM t WHERE a = ?"),
            "Number of parameters in request and statement don't match.");
  EXPECT_EQ(problem("SELECT * FROM t", {table::Value{true}}),
            "Number of parameters in request and statement don't match.");
}

TEST(PartiqlStatement, DeepNestingIsRefusedNotFollowed) {
  EXPECT_NE(problem("SELECT * FROM t WHERE " + std::string(5000, '(') + "a = 1"), "");
  EXPECT_NE(problem("INSERT INTO t VALUE " + std::string(5000, '[')), "");
}

}  // namespace
}  // namespace millrace::dynamodb::partiql
