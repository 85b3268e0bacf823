// What AWS refuses, and how it says so.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Names names;
  Item values;
};

enum class Kind { kCondition, kFilter, kKeyCondition, kUpdate, kProjection };

// The error's message, or "ok".
std::string outcome(Kind kind, std::string_view text, const Request& request = {}) {
  const Item* values = request.values.members.empty() ? nullptr : &request.values;
  Placeholders placeholders(request.names.empty() ? nullptr : &request.names, values);
  auto shown = [](const auto& result) { return result ? std::string("ok") : result.error().message; };
  switch (kind) {
    case Kind::kCondition:
      return shown(parse_condition(ConditionKind::kCondition, text, placeholders));
    case Kind::kFilter:
      return shown(parse_condition(ConditionKind::kFilter, text, placeholders));
    case Kind::kUpdate:
      return shown(parse_update(text, placeholders));
    case Kind::kProjection:
      return shown(parse_projection(text, placeholders));
    case Kind::kKeyCondition: {
      auto condition = parse_condition(ConditionKind::kKeyCondition, text, placeholders);
      return condition ? shown(key_conditions_of(*condition)) : condition.error().message;
    }
  }
  return {};
}

std::string filter(std::string_view text, std::string_view values = "{}", Names names = {}) {
  return outcome(Kind::kFilter, text, {std::move(names), item_from_json(values)});
}
std::string update(std::string_view text, std::string_view values = "{}", Names names = {}) {
  return outcome(Kind::kUpdate, text, {std::move(names), item_from_json(values)});
}

TEST(ExpressionSyntax, NamesTheTokenAndItsNeighbours) {
  struct Case {
    Kind kind;
    std::string text, token, near;
  };
  const std::vector<Case> cases = {
      {Kind::kCondition, "foo", "<EOF>", "foo"},
      {Kind::kCondition, "a-b", "-", "a-b"},
      {Kind::kCondition, "a+:delta<b", "+", "a+:delta"},
      {Kind::kFilter, "#a attribute_not_exists :c", "attribute_not_exists", "#a attribute_not_exists :c"},
      {Kind::kFilter, "tenantAgent:abc123-x", ":abc123", "tenantAgent:abc123-"},
      {Kind::kUpdate, "ADD hits : incr", ":", "hits : incr"},
      {Kind::kUpdate, "REMOVE a, #, b", "#", ", #,"},
      {Kind::kUpdate, "nonsense here", "nonsense", "nonsense here"},
      {Kind::kFilter, "things are not gonna be ok", "are", "things are not"},
      {Kind::kFilter, "a > 4", "4", "> 4"},
      {Kind::kUpdate, "set a[1] = \"eight\"", "\"", "= \"eight"},
      {Kind::kUpdate, "set a", "<EOF>", "a"},
      {Kind::kFilter, " ", "<EOF>", ""},
      {Kind::kProjection, "a,", "<EOF>", ","},
      {Kind::kProjection, "user-id", "-", "user-id"},
      {Kind::kFilter, "ü > a", "ü", "ü >"},
      {Kind::kKeyCondition, "[object Object]", "[", "[object"},
  };
  for (const auto& c : cases) {
    std::string expected = "Syntax error; token: \"" + c.token + "\", near: \"" + c.near + "\"";
    std::string got = outcome(c.kind, c.text);
    EXPECT_EQ(got.substr(got.find(": ") + 2), expected) << c.text;
  }
}

TEST(ExpressionSyntax, RefusesConditions) {
  for (std::string text : {"attribute_exists(Pictures-RearView)",
                           "attribute_exists(\"Pictures.RearView\")",
                           "attribute_exists(Pictures..RearView)",
                           "attribute_exists(Pi#ctures.RearView)",
                           "attribute_exists(asdf[a])",
                           "a in b, c",
                           "a > between",
                           "a in b",
                           "a in (b,c,)",
                           "a in ()",
                           "(a)between(b.(c.d))and(c)",
                           "(a)between(b.c.d)and((c)",
                           "#$.b > a",
                           "a > :things.stuff",
                           "b[:a] > a",
                           "b[#_] > a",
                           "(a)between(b.c[4.5].#d)and(:a)",
                           "size(a).b > a",
                           "(size(a)).b > a",
                           "size(a)[0] > a",
                           "(size(a))[0] > a",
                           "a = b c",
                           "a",
                           "(a)",
                           "a and b = c",
                           "not a",
                           "(a = b",
                           "a = b)",
                           "a = (b and c)",
                           "= a",
                           "a = ",
                           "a = b = c",
                           "(a = b) = c",
                           "a between b or c",
                           "()",
                           "a()",
                           "a[b]",
                           "a[",
                           "a.",
                           "a[1",
                           "a.b(c) = d",
                           "a and",
                           "not"}) {
    std::string got = filter(text);
    EXPECT_TRUE(got.starts_with("Invalid FilterExpression: Syntax error; ")) << text << " gave " << got;
  }
}

TEST(ExpressionSyntax, RefusesUpdates) {
  for (std::string text : {"whatever",
                           "set a",
                           "add a",
                           "delete a",
                           "set a=set",
                           "remove a = b",
                           "add a = b",
                           "delete a = b",
                           "delete a b",
                           "delete a if_not_exist(b)",
                           "add abort b",
                           "add a if_not_exist(b)",
                           "remove a b",
                           "set a b",
                           "set :a = b",
                           "add :a b",
                           "delete :a b",
                           "remove :a",
                           "set a = b / c",
                           "set a = b * c",
                           "set a[1] = \"eight\"",
                           "set a[1] = 1",
                           "SET a = if_not_exist(a, 100)",
                           "SET if_not_exist(a, b) = a",
                           "set (a = (b + c))",
                           "set a = (b.c).d + e",
                           "set a = (b.c)[0] + e",
                           "set a = b + c + d",
                           "set a = b,",
                           "set",
                           "set a = :b set",
                           "set a = (b + c) + d"}) {
    std::string got = update(text);
    EXPECT_TRUE(got.starts_with("Invalid UpdateExpression: Syntax error; ")) << text << " gave " << got;
  }
}

TEST(ExpressionSyntax, TakesTheWholeGrammar) {
  for (std::string text : {"a = b",
                           "a.b[0].c <> d",
                           "(a) = (b)",
                           "((a) = (b))",
                           "(a = b) AND (c = d)",
                           "((a = b) OR (c = d))",
                           "NOT a = b",
                           "not (a = b and c < d)",
                           "a between b and c and d = e",
                           "a in (b, c, (d))",
                           "attribute_exists(a) and not attribute_not_exists(b.c)",
                           "size(a) > size(b)",
                           "(size(a)) > b",
                           "((( size(a)) < b ) and ( c > d ))",
                           "begins_with(a, b) or contains(a, b)",
                           "(a.b).c = d",
                           "(a.b)[1] = d",
                           "a=b and(c=d)",
                           "a[0][1] = b",
                           "(begins_with(a, b))",
                           "a = b AND (c = d OR (e = f))",
                           "a\n=\tb"}) {
    EXPECT_EQ(filter(text), "ok") << text;
  }
  for (std::string text : {"set a = b", "SET a = b, c = d", "set a = (b + c)", "set a = ((b.c.d)+(e))",
                           "set a = (b)", "set a[1] = b", "set a.b = b", "set a = if_not_exists(a, b) + b",
                           "SET a = if_not_exists(a, if_not_exists(a, b))", "remove a, b[0], c.d",
                           "set a = b remove c", "REMOVE c SET a = list_append(b, if_not_exists(c, d))"}) {
    EXPECT_EQ(update(text), "ok") << text;
  }
  EXPECT_EQ(outcome(Kind::kProjection, "a, b.c, d[1].e , f"), "ok");
}

TEST(ExpressionChecks, RefusesEmptyLongAndBusyExpressions) {
  EXPECT_EQ(filter(""), "Invalid FilterExpression: The expression can not be empty;");
  EXPECT_EQ(update(""), "Invalid UpdateExpression: The expression can not be empty;");
  EXPECT_EQ(outcome(Kind::kProjection, ""), "Invalid ProjectionExpression: The expression can not be empty;");
  std::string at_limit = "a = " + std::string(4092, 'b');
  EXPECT_EQ(filter(at_limit), "ok");
  EXPECT_EQ(filter(at_limit + "b"),
            "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression "
            "size: 4097");
  EXPECT_EQ(outcome(Kind::kCondition, at_limit + "b"),
            "1 validation error detected: Invalid ConditionExpression: "
            "Expression size has exceeded the maximum allowed size;");
  std::string many = "a<b";
  for (int i = 1; i < 150; ++i)
    many += " AND a<b";
  EXPECT_EQ(filter(many), "ok");
  EXPECT_EQ(filter(many + " AND a<b"),
            "Invalid FilterExpression: The expression contains too many operators; operator count: 301");
  std::string in = "a IN (b0";
  for (int i = 1; i < 100; ++i)
    in += ",b" + std::to_string(i);
  EXPECT_EQ(filter(in + ")"), "ok");
  EXPECT_EQ(filter(in + ",c)"),
            "Invalid FilterExpression: The IN operator is provided with too many operands; number of "
            "operands: 101");
  EXPECT_EQ(
      outcome(Kind::kProjection, "a[4294967296]"),
      "Invalid ProjectionExpression: List index is not within the allowable range; index: [4294967296]");
}

TEST(ExpressionChecks, SurvivesDeepNesting) {
  for (std::string open : {"(", "NOT ", "size(", "a = (", "(a.b) = size((", "NOT ("}) {
    std::string text;
    while (text.size() + open.size() < 4000)
      text += open;
    EXPECT_NE(filter(text + "a"), "ok");
    EXPECT_NE(update("SET a = " + text), "ok");
  }
}

TEST(ExpressionChecks, FindsRedundantParentheses) {
  for (std::string text :
       {"a=a and a > ((views))", "(a)between(((b.c)).d)and(c)", "a > whatever((:things), ((a)))",
        "a=a AND ((a=a AND a=a)) AND a=a", "a=a OR ((a=a OR a=a)) OR a=a",
        "a=a AND ((a=a AND (a=a AND a=a)))", "((a = b))", "((attribute_exists(a)))"}) {
    EXPECT_EQ(filter(text), "Invalid FilterExpression: The expression has redundant parentheses;") << text;
  }
}

TEST(ExpressionChecks, KnowsItsFunctions) {
  const std::string kUnknown = "Invalid FilterExpression: Invalid function name; function: ";
  EXPECT_EQ(filter("a=a and whatever((:things)) > a"), kUnknown + "whatever");
  EXPECT_EQ(filter("attRIbute_exIsts((views), #a)"), kUnknown + "attRIbute_exIsts");
  EXPECT_EQ(filter("if_not_exists(a, b) = c"),
            "Invalid FilterExpression: The function is not allowed in a condition expression; function: "
            "if_not_exists");
  EXPECT_EQ(update("set #c = if_not_exist(:c) set c = d"),
            "Invalid UpdateExpression: Invalid function name; function: if_not_exist");
  EXPECT_EQ(update("set a = size(b)"),
            "Invalid UpdateExpression: The function is not allowed in an update expression; function: size");
  const std::map<std::string, std::string> misused = {
      {"a=a and attribute_exists((views), (#a)) > b", "attribute_exists"},
      {"attribute_not_exists(things) > b", "attribute_not_exists"},
      {"attribute_type(things, :a) > b", "attribute_type"},
      {"begins_with(things, a) > b", "begins_with"},
      {"contains(:things, c) > b", "contains"},
      {"size(contains(a, b)) > a", "contains"},
      {"size(things)", "size"},
      {"a = b and size(things)", "size"},
      {"not size(things)", "size"},
      {"a between b and attribute_exists(things)", "attribute_exists"},
      {"a in (b, attribute_exists(things))", "attribute_exists"}};
  for (const auto& [text, function] : misused) {
    EXPECT_EQ(filter(text),
              "Invalid FilterExpression: The function is not allowed to be used this way in an expression; "
              "function: " +
                  function)
        << text;
  }
}

TEST(ExpressionChecks, KeepsReservedWordsOut) {
  const std::string kReserved = ": Attribute name is a reserved keyword; reserved keyword: ";
  EXPECT_EQ(filter("attribute_exists(views, #a)"), "Invalid FilterExpression" + kReserved + "views");
  EXPECT_EQ(filter(":a < abOrT"), "Invalid FilterExpression" + kReserved + "abOrT");
  EXPECT_EQ(filter("a.size = b"), "Invalid FilterExpression" + kReserved + "size");
  EXPECT_EQ(update(" set #c = :c set abOrt = true "), "Invalid UpdateExpression" + kReserved + "abOrt");
  EXPECT_EQ(update(" remove Absolute "), "Invalid UpdateExpression" + kReserved + "Absolute");
  EXPECT_EQ(outcome(Kind::kProjection, "a, b.name"), "Invalid ProjectionExpression" + kReserved + "name");
  EXPECT_TRUE(is_reserved_word("Zone"));
  EXPECT_TRUE(is_reserved_word("ABORT"));
  EXPECT_TRUE(is_reserved_word("localtimestamp"));
  EXPECT_FALSE(is_reserved_word("pk"));
  EXPECT_FALSE(is_reserved_word(""));
  EXPECT_FALSE(is_reserved_word(std::string(100, 'A')));
}

TEST(ExpressionChecks, WantsPlaceholdersDefined) {
  const std::string kName =
      "Invalid FilterExpression: An expression attribute name used in the document path is not defined; "
      "attribute name: ";
  const std::map<std::string, std::string> names = {
      {"attribute_exists(#Pictures.RearView, :a) and a=a", "#Pictures"},
      {"begins_with(Pictures.#RearView)", "#RearView"},
      {"(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", "#P"},
      {"#4g > a", "#4g"},
      {"#_ > a", "#_"},
      {"(a)between(b.c[45].#d)and(:a)", "#d"}};
  for (const auto& [text, name] : names)
    EXPECT_EQ(filter(text), kName + name) << text;
  const std::string kValue =
      "Invalid FilterExpression: An expression attribute value used in expression is not defined; attribute "
      "value: ";
  EXPECT_EQ(filter("begins_with(:hello, #a, #b)"), kValue + ":hello");
  EXPECT_EQ(filter(":a < :b"), kValue + ":a");
  EXPECT_EQ(filter(":_ > a"), kValue + ":_");
  EXPECT_EQ(
      update("SET #c = if_not_exists(:c)"),
      "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; "
      "attribute name: #c");
  EXPECT_EQ(update("SET #a = if_not_exists(:c)", "{}", {{"#a", "a"}}),
            "Invalid UpdateExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :c");
}

TEST(ExpressionChecks, CountsOperands) {
  const std::map<std::string, std::pair<std::string, int>> cases = {
      {"attribute_exists(things, a) and a=a", {"attribute_exists", 2}},
      {"attribute_not_exists(things, b)", {"attribute_not_exists", 2}},
      {"attribute_type(things)", {"attribute_type", 1}},
      {"begins_with(things)", {"begins_with", 1}},
      {"begins_with(things, size(a), b)", {"begins_with", 3}},
      {"contains(things)", {"contains", 1}},
      {"size(things, a) > b", {"size", 2}}};
  const std::string kCount = "Incorrect number of operands for operator or function; operator or function: ";
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(filter(text), "Invalid FilterExpression: " + kCount + expected.first +
                                ", number of operands: " + std::to_string(expected.second))
        << text;
  }
  EXPECT_EQ(update("set a = if_not_exists(c)"),
            "Invalid UpdateExpression: " + kCount + "if_not_exists, number of operands: 1");
  EXPECT_EQ(update("set a = list_append(c)"),
            "Invalid UpdateExpression: " + kCount + "list_append, number of operands: 1");
}

struct TypeCase {
  std::string text, name, value;
};

TEST(ExpressionChecks, WantsOperandsOfTheRightType) {
  const std::vector<TypeCase> cases = {
      {"attribute_type(a, size(a)) and a=a and a=:a", "attribute_type", R"({"N":"1"})"},
      {"attribute_type(a, :a)", "attribute_type", R"({"SS":["1"]})"},
      {"begins_with(a, size(a)) and a=:a", "begins_with", R"({"N":"1"})"},
      {"begins_with(a, :a)", "begins_with", R"({"BOOL":true})"},
      {"begins_with(:a, a)", "begins_with", R"({"M":{}})"},
      {"size(size(a)) > :a", "size", R"({"N":"1"})"},
      {"attribute_not_exists(size(:a))", "size", R"({"N":"1"})"},
      {"size(:a) > a", "size", R"({"NULL":true})"}};
  for (const auto& c : cases) {
    std::string type = std::string(type_name(value_from_json(c.value)));
    EXPECT_EQ(
        filter(c.text, R"({":a":)" + c.value + "}"),
        "Invalid FilterExpression: Incorrect operand type for operator or function; operator or function: " +
            c.name + ", operand type: " + type)
        << c.text;
  }
  EXPECT_EQ(filter("a < :a", R"({":a":{"M":{}}})"),
            "Invalid FilterExpression: Incorrect operand type for operator or function; operator: <, operand "
            "type: M");
  EXPECT_EQ(filter("attribute_type(a, :a)", R"({":a":{"S":"1"}})"),
            "Invalid FilterExpression: Invalid attribute type name found; type: 1, "
            "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
  for (std::string name : {"attribute_exists(:a) and a=a", "attribute_not_exists(size(:a))"}) {
    EXPECT_EQ(
        filter(name, R"({":a":{"S":"1"}})"),
        "Invalid FilterExpression: Operator or function requires a document path; operator or function: " +
            name.substr(0, name.find('(')));
  }
}

TEST(ExpressionChecks, WantsDistinctOperands) {
  const std::vector<TypeCase> cases = {
      {"a = a AND #a = b AND :views > a", "=", "[a]"},
      {"#a <> a", "<>", "[a]"},
      {"a > #a", ">", "[a]"},
      {"((a=a) OR (a=a))", "=", "[a]"},
      {"contains(ab.bc[1].a, ab.bc[1].#a)", "contains", "[ab, bc, [1], a]"},
      {"attribute_type(ab.bc[1].#a, ab.bc[1].a)", "attribute_type", "[ab, bc, [1], a]"}};
  for (const auto& c : cases) {
    EXPECT_EQ(
        filter(c.text, "{}", {{"#a", "a"}}),
        "Invalid FilterExpression: The first operand must be distinct from the remaining operands for this "
        "operator or function; operator: " +
            c.name + ", first operand: " + c.value)
        << c.text;
  }
  EXPECT_EQ(filter(":a > :a", R"({":a":{"S":"1"}})"), "ok");
}

TEST(ExpressionChecks, WantsBoundsInOrder) {
  const std::string kBetween = "Invalid KeyConditionExpression: The BETWEEN operator requires ";
  auto key = [](std::string_view values) {
    return outcome(Kind::kKeyCondition, "a between :b and :a", {{}, item_from_json(values)});
  };
  EXPECT_EQ(key(R"({":a":{"S":"a"},":b":{"N":"1"}})"),
            kBetween +
                "same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, "
                "upper bound operand: AttributeValue: {S:a}");
  EXPECT_EQ(key(R"({":a":{"S":"a"},":b":{"S":"b"}})"),
            kBetween +
                "upper bound to be greater than or equal to lower bound; lower bound operand: "
                "AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}");
  EXPECT_EQ(key(R"({":a":{"N":"10"},":b":{"N":"9"}})"), "ok");
}

TEST(ExpressionChecks, KeepsUpdatePathsApart) {
  const Names names = {{"#c", "c"}, {"#d", "[3]"}};
  const std::string kOverlap =
      "Invalid UpdateExpression: Two document paths overlap with each other; "
      "must remove or rewrite one of these paths; path one: ";
  EXPECT_EQ(update("set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", "{}", names),
            kOverlap + "[c, [1], a], path two: [c]");
  EXPECT_EQ(update("set #c[3].#d = a, #c[3] = a", "{}", names),
            kOverlap + "[c, [3], [3]], path two: [c, [3]]");
  EXPECT_EQ(update("set a = b remove a"), kOverlap + "[a], path two: [a]");
  const std::string kConflict =
      "Invalid UpdateExpression: Two document paths conflict with each other; "
      "must remove or rewrite one of these paths; path one: ";
  EXPECT_EQ(update("set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", "{}", names),
            kConflict + "[c, [3], [3]], path two: [c, [3], [3]]");
  EXPECT_EQ(update("remove a.#c set a[1] = #d", "{}", names), kConflict + "[a, c], path two: [a, [1]]");
  EXPECT_EQ(outcome(Kind::kProjection, "a.b, a"),
            "Invalid ProjectionExpression: Two document paths overlap with each other; "
            "must remove or rewrite one of these paths; path one: [a, b], path two: [a]");
}

TEST(ExpressionChecks, WantsUpdateOperandsOfTheRightType) {
  const std::string kType = "Invalid UpdateExpression: Incorrect operand type for operator or function; ";
  const std::vector<TypeCase> verbs = {{"set b = list_append(:a, a), c = if_not_exists(a) add a.b :a",
                                        "ADD, operand type: STRING", R"({"S":"a"})"},
                                       {"delete a.b :a", "DELETE, operand type: STRING", R"({"S":"a"})"},
                                       {"add a.b :a", "ADD, operand type: NULL", R"({"NULL":true})"},
                                       {"delete a.b :a", "DELETE, operand type: BOOLEAN", R"({"BOOL":true})"},
                                       {"add a.b :a", "ADD, operand type: BINARY", R"({"B":"YQ=="})"},
                                       {"add a.b :a", "ADD, operand type: MAP", R"({"M":{"a":{"L":[]}}})"},
                                       {"add a.b :a", "ADD, operand type: LIST", R"({"L":[]})"},
                                       {"delete a.b :a", "DELETE, operand type: NUMBER", R"({"N":"1"})"}};
  for (const auto& c : verbs)
    EXPECT_EQ(update(c.text, R"({":a":)" + c.value + "}"), kType + "operator: " + c.name);
  const std::vector<TypeCase> functions = {
      {"set a = list_append(:a, a)", "list_append, operand type: S", R"({"S":"a"})"},
      {"set a = list_append(a, :a)", "list_append, operand type: M", R"({"M":{}})"},
      {"set a = a + :a", "+, operand type: SS", R"({"SS":["a"]})"},
      {"set a = :a - a", "-, operand type: L", R"({"L":[]})"},
      {"set a = a + list_append(:a, b)", "+, operand type: L", R"({"L":[]})"}};
  for (const auto& c : functions) {
    EXPECT_EQ(update(c.text, R"({":a":)" + c.value + "}"), kType + "operator or function: " + c.name)
        << c.text;
  }
  for (std::string text : {"set a = if_not_exists(:a, c)", "set a = if_not_exists(if_not_exists(a, b), c)"}) {
    EXPECT_EQ(
        update(text, R"({":a":{"S":"a"}})"),
        "Invalid UpdateExpression: Operator or function requires a document path; operator or function: "
        "if_not_exists");
  }
  EXPECT_EQ(update("set a = #c set c = :d"),
            "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;");
}

TEST(Placeholders, AreCheckedBeforeAndAfter) {
  auto check = [](const Names* names, const Item* values) {
    auto result = Placeholders(names, values).check();
    return result ? std::string("ok") : result.error().message;
  };
  const Names none, bad_name = {{"a", "a"}}, fine = {{"#a", "a"}};
  const Item no_values, bad_key = item_from_json(R"({"b":{"S":"a"}})"),
                        bad_value = item_from_json(R"({":b":{"SS":[]}})");
  EXPECT_EQ(check(&none, &no_values), "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(check(&bad_name, &no_values),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
  EXPECT_EQ(check(&fine, &no_values), "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(check(nullptr, &bad_key),
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\"");
  EXPECT_EQ(check(nullptr, &bad_value),
            "ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: "
            "An string set  may not be empty for key :b");
  EXPECT_EQ(check(&fine, nullptr), "ok");

  const Names names = {{"#a", "a"}, {"#b", "b"}};
  const Item values = item_from_json(R"({":a":{"S":"a"},":b":{"S":"b"},":c":{"S":"c"}})");
  Placeholders placeholders(&names, &values);
  ASSERT_TRUE(parse_condition(ConditionKind::kFilter, "#a = :b", placeholders));
  EXPECT_EQ(placeholders.check_all_used().error().message,
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");
  ASSERT_TRUE(parse_projection("#b", placeholders));
  EXPECT_EQ(placeholders.check_all_used().error().message,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}");
  ASSERT_TRUE(parse_update("SET x = :a ADD y :c", placeholders).error().message.find("ADD") !=
              std::string::npos);
  EXPECT_TRUE(placeholders.check_all_used());
}

}  // namespace
}  // namespace millrace::table
