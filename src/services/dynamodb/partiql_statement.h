// A PartiQL statement, parsed into what the engine already knows: expressions with placeholders. So conditions, updates and
// their checks are the same as everywhere else. Pure; any thread; nesting is bounded.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engines/table/expression.h"
#include "engines/table/value.h"

namespace millrace::dynamodb::partiql {

enum class Verb : std::uint8_t { kSelect, kInsert, kUpdate, kDelete, kExists };

// One of the conditions joined by AND at the top of WHERE.
struct Conjunct {
  std::string text;  // as a condition expression with placeholders
  // When it compares a top-level attribute with values: a candidate for the key.
  std::string attribute;
  std::optional<table::Comparison> comparison;
  std::vector<std::string> values;  // their placeholders
};

struct SelectItem {
  std::string path;  // as an expression with placeholders
  std::string name;  // under which it is returned
};

enum class Returning : std::uint8_t { kNone, kAllOld, kAllNew, kModifiedOld, kModifiedNew };

struct Statement {
  Verb verb = Verb::kSelect;
  std::string table;
  std::string index;               // empty: the table
  std::vector<SelectItem> select;  // empty: *
  std::vector<Conjunct> where;
  std::optional<std::string> order_by;  // an attribute
  bool descending = false;
  table::Item item;    // kInsert
  std::string update;  // kUpdate: an update expression
  Returning returning = Returning::kNone;

  std::map<std::string, std::string, std::less<>> names;  // of placeholders
  table::Item values;
};

// `parameters` in the order of the question marks. The error is a message for a ValidationException.
base::Result<Statement, std::string> parse_statement(std::string_view text,
                                                     const std::vector<table::Value>& parameters);

}  // namespace millrace::dynamodb::partiql
