// A query of CloudWatch Logs Insights, parsed: commands one after the other, each taking what the one before leaves.
//   fields @timestamp, @message | filter level = "ERROR" and @message like /time(d)? out/ | parse @message "user=* " as user
//   | stats count(*) as n, pct(@duration, 99) by bin(5m), user | sort n desc | limit 20 | display n, user | dedup user
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
// Immutable once parsed; any thread may run it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/logs/insights/record.h"

namespace re2 {
class RE2;
}

namespace millrace::logs::insights {

struct Expression {
  enum class Kind {
    kValue,
    kField,
    kCall,      // name, children
    kOr,        // children
    kAnd,       // children
    kNot,       // one child
    kCompare,   // name is the operator; two children
    kReckon,    // name is the operator; two children
    kIn,        // the first child is looked for among the others
    kContains,  // `like "text"`: two children
    kMatches    // `like /expression/`: one child and `regex`
  } kind = Kind::kValue;
  Value value;
  std::string name;
  std::vector<Expression> children;
  std::shared_ptr<const re2::RE2> regex;
};

struct Named {
  Expression expression;
  std::string name;  // `as` it, or the expression as it was written
};

struct Aggregate {
  std::string function;               // count, sum, avg, pct, ...
  std::vector<Expression> arguments;  // none: count(*)
  std::string name;
};

struct SortKey {
  Expression expression;
  bool descending = false;
};

struct Command {
  enum class Kind { kFields, kDisplay, kFilter, kStats, kSort, kLimit, kParse, kDedup } kind = Kind::kFields;
  std::vector<Named> fields;  // of kFields, kDisplay and kDedup; what kStats groups by
  Expression condition;       // of kFilter; what kParse looks at
  std::vector<Aggregate> aggregates;
  std::vector<SortKey> sort;
  std::size_t limit = 0;
  std::shared_ptr<const re2::RE2> pattern;  // of kParse
  std::vector<std::string> names;           // of kParse: one for each group of the pattern
};

struct QueryError {
  std::string message;
  std::size_t begin = 0;  // in the query, bytes
  std::size_t end = 0;
};

struct Query {
  std::vector<Command> commands;
};
base::Result<Query, QueryError> parse_query(std::string_view text);

// Pure but for the time, which now() and filters of ages ask for.
Value evaluate(const Expression& expression, const Record& record, Time now);
bool is_function(std::string_view name, std::size_t arguments);
bool is_aggregate(std::string_view name, std::size_t arguments);

struct Column {
  std::string name;
  std::string value;
};
using Row = std::vector<Column>;

// Runs one query over events given one by one.
class Run {
 public:
  Run(const Query& query, Time now, std::size_t limit);
  ~Run();
  // In any order. Those that the filters before the first `stats`, `sort`, `limit` or `dedup` refuse are not kept.
  void add(Event event);
  std::size_t matched() const;
  // Once, after the last add(). Newest first unless the query sorts.
  std::vector<Row> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::logs::insights
