#include "services/cloudwatch/query_data.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/search.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kMostQueries = 500;

bool is_id(std::string_view id) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, letter);
}

std::optional<wire::ServiceError> check_query(const MetricDataQuery& query, const std::string& at) {
  const auto both = [&at](std::string_view one, std::string_view other) {
    return invalid_request(
        fmt::format("The parameters {0}.{1} and {0}.{2} are mutually exclusive and you have specified both.",
                    at, one, other));
  };
  if (!is_id(query.id))
    return invalid_request(fmt::format(
        "The value {} for parameter {}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
        query.id, at));
  if (query.expression && query.metric_stat) return both("Expression", "MetricStat");
  if (!query.expression && !query.metric_stat)
    return invalid_request(fmt::format(
        "The parameter {0}.Expression or {0}.MetricStat is required; exactly one must be specified.", at));
  if (query.period && query.metric_stat) return both("Period", "MetricStat");
  const std::int64_t period = query.metric_stat ? query.metric_stat->period : query.period.value_or(60);
  if (!is_period(period))
    return invalid_request(fmt::format(
        "The value {} for parameter {}.Period is invalid: it must be 1, 5, 10, 20, 30 or a multiple of 60.",
        period, query.metric_stat ? at + ".MetricStat" : at));
  if (!query.metric_stat) return std::nullopt;
  if (!telemetry::parse_statistic(query.metric_stat->stat))
    return invalid_request(fmt::format("The value {} for parameter {}.MetricStat.Stat is not supported.",
                                       query.metric_stat->stat, at));
  if (!query.metric_stat->metric.namespace_ || !query.metric_stat->metric.metric_name)
    return invalid_request(fmt::format(
        "The parameters {0}.MetricStat.Metric.Namespace and {0}.MetricStat.Metric.MetricName are required.",
        at));
  return std::nullopt;
}

}  // namespace

std::optional<wire::ServiceError> check_queries(const std::vector<MetricDataQuery>& queries,
                                                std::string_view parameter) {
  if (queries.size() > kMostQueries)
    return invalid_request(
        fmt::format("The collection {} must not have a size greater than {}.", parameter, kMostQueries));
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (auto error = check_query(queries[i], fmt::format("{}.member.{}", parameter, i + 1))) return error;
    if (!ids.insert(queries[i].id).second)
      return invalid_request(fmt::format("The values for parameter id in {} are not unique.", parameter));
  }
  return std::nullopt;
}

namespace {

using Read = base::Result<QueryData, wire::ServiceError>;
constexpr std::size_t kMostFound = 500;  // metrics of one search
constexpr std::size_t kDeepest = 32;     // expressions of expressions

struct Wanted {
  telemetry::MetricKey key;
  std::optional<std::string> unit;
  std::int64_t period = 60;
  telemetry::Statistic statistic;
};

// Every unit's values together where none is asked for.
base::Task<Read> read_metric(CloudWatch& service, Wanted wanted, QueryRange asked, base::WallTime now) {
  QueryData out;
  out.period = wanted.period;
  telemetry::MetricRange range;
  range.key = std::move(wanted.key);
  range.unit = std::move(wanted.unit);
  range.period = wanted.period;
  range.from = round_start(asked.start, wanted.period, now);
  range.to = base::unix_seconds(std::chrono::ceil<std::chrono::seconds>(asked.end));
  auto read = co_await service.metrics.read(std::move(range));
  if (!read) co_return base::fail(store_failed());
  std::map<std::int64_t, telemetry::Aggregate> together;
  for (const telemetry::MetricSeries& series : *read) {
    for (const auto& [second, values] : series.buckets)
      together[second].merge(values);
  }
  for (const auto& [second, values] : together) {
    if (const auto value = evaluate(wanted.statistic, values)) out.points[second] = *value;
  }
  co_return out;
}

telemetry::MetricKey key_of(const QueryPlace& place, const Metric& metric) {
  wire::RequestContext context;
  context.principal.account = place.account;
  context.region = place.region;
  return metric_key(context, *metric.namespace_, *metric.metric_name, metric.dimensions);
}

wire::ServiceError bad_expression(std::string_view id, std::string_view why) {
  return invalid_request(fmt::format("Error in expression '{}': {}", id, why));
}

// One evaluation of a list of queries: metrics first, then expressions, each after those it names.
class Evaluation {
 public:
  Evaluation(CloudWatch& service, const QueryPlace& place, const std::vector<MetricDataQuery>& queries,
             QueryRange range)
      : service_(service), place_(place), queries_(queries), range_(range) {}

  base::Task<base::Result<QueryResults, wire::ServiceError>> run() {
    for (const MetricDataQuery& query : queries_) {
      Done done;
      if (query.metric_stat) {
        done = co_await read_one(query);
      } else {
        done = co_await prepare(query);
      }
      if (done) co_return base::fail(std::move(*done));
    }
    QueryResults out;
    for (const MetricDataQuery& query : queries_) {
      if (auto error = evaluate(query.id, 0)) co_return base::fail(std::move(*error));
      auto& results = out.emplace_back();
      if (!query.return_data.value_or(true)) continue;
      MathValue& value = values_[query.id];
      if (value.kind != MathValue::Kind::kSeries && value.kind != MathValue::Kind::kArray)
        co_return base::fail(bad_expression(
            query.id, "its result is a single number; what is returned must be a time series"));
      results = value.series;
      for (QueryData& data : results)
        name(query, value.kind == MathValue::Kind::kArray, data);
    }
    co_return out;
  }

 private:
  using Done = std::optional<wire::ServiceError>;

  static void name(const MetricDataQuery& query, bool one_of_many, QueryData& data) {
    data.id = query.id;
    if (query.label) {
      data.label = one_of_many ? *query.label + " " + data.label : *query.label;
    } else if (query.expression && !one_of_many) {
      data.label = query.id;
    }
  }

  base::Task<Done> read_one(const MetricDataQuery& query) {
    const MetricStat& stat = *query.metric_stat;
    Wanted wanted{key_of(place_, stat.metric), stat.unit, stat.period,
                  *telemetry::parse_statistic(stat.stat)};
    auto read = co_await read_metric(service_, std::move(wanted), range_, place_.now);
    if (!read) co_return std::move(read.error());
    read->id = query.id;
    read->label = *stat.metric.metric_name;
    MathValue value{MathValue::Kind::kSeries, 0, {}, {}};
    value.series.push_back(std::move(*read));
    values_[query.id] = std::move(value);
    co_return std::nullopt;
  }

  // Parses an expression and reads what its searches find.
  base::Task<Done> prepare(const MetricDataQuery& query) {
    auto parsed = parse_math(*query.expression);
    if (!parsed) co_return bad_expression(query.id, parsed.error());
    const MathExpression& expression = expressions_[query.id] = std::move(*parsed);
    for (const MathNode* call : expression.calls("SEARCH")) {
      auto error = co_await search(query, expression, *call);
      if (error) co_return error;
    }
    co_return std::nullopt;
  }

  base::Task<Done> search(const MetricDataQuery& query, const MathExpression& expression,
                          const MathNode& call) {
    if (call.of.size() < 2 || call.of.size() > 3)
      co_return bad_expression(query.id, "SEARCH takes a text, a statistic and a period");
    const MathNode& text = expression.nodes[call.of[0]];
    const MathNode& stat = expression.nodes[call.of[1]];
    const auto statistic = telemetry::parse_statistic(stat.text);
    std::int64_t period = query.period.value_or(300);
    if (call.of.size() == 3) period = static_cast<std::int64_t>(expression.nodes[call.of[2]].number);
    if (text.kind != MathNode::Kind::kText || stat.kind != MathNode::Kind::kText || !statistic ||
        !is_period(period))
      co_return bad_expression(query.id, "SEARCH takes a text, a statistic and a period");
    auto wanted = MetricSearch::parse(text.text);
    if (!wanted) co_return bad_expression(query.id, wanted.error());
    const base::WallTime oldest = place_.now - std::chrono::days(14);
    const auto accept = [&](const telemetry::MetricInfo& info) {
      return info.last >= oldest && wanted->matches(info.key);
    };
    auto page = service_.metrics.list(place_.account, place_.region, {}, kMostFound, accept);
    MathValue found{MathValue::Kind::kArray, 0, {}, {}};
    for (telemetry::MetricInfo& info : page.metrics) {
      std::string label = info.key.name;
      for (const auto& [dimension, value] : info.key.dimensions)
        label.append(" ").append(value);
      Wanted metric{std::move(info.key), std::nullopt, period, *statistic};
      auto read = co_await read_metric(service_, std::move(metric), range_, place_.now);
      if (!read) co_return std::move(read.error());
      read->id = query.id;
      read->label = std::move(label);
      found.series.push_back(std::move(*read));
    }
    searched_[&call] = std::move(found);
    co_return std::nullopt;
  }

  // Fills values_[id], after what it names.
  Done evaluate(const std::string& id, std::size_t depth) {
    const auto at = expressions_.find(id);
    if (values_.contains(id) || at == expressions_.end()) return std::nullopt;
    if (depth > kDeepest) return bad_expression(id, "expressions refer to each other in a circle");
    for (const std::string_view name : at->second.names()) {
      if (auto error = evaluate(std::string(name), depth + 1)) return error;
    }
    MathWorld world;
    world.from = round_start(range_.start, 60, place_.now);
    world.to = base::unix_seconds(std::chrono::ceil<std::chrono::seconds>(range_.end));
    world.find = [this](std::string_view name) {
      const auto found = values_.find(name);
      return found == values_.end() ? nullptr : &found->second;
    };
    world.searched = [this](const MathNode& call) {
      const auto found = searched_.find(&call);
      return found == searched_.end() ? nullptr : &found->second;
    };
    for (const MetricDataQuery& query : queries_) {
      if (query.metric_stat) world.metrics.push_back(&values_[query.id]);
    }
    auto value = evaluate_math(at->second, world);
    if (!value) return bad_expression(id, value.error());
    values_[id] = std::move(*value);
    return std::nullopt;
  }

  CloudWatch& service_;
  const QueryPlace& place_;
  const std::vector<MetricDataQuery>& queries_;
  const QueryRange range_;
  std::map<std::string, MathValue, std::less<>> values_;
  std::map<std::string, MathExpression, std::less<>> expressions_;
  std::map<const MathNode*, MathValue> searched_;
};

}  // namespace

base::Task<base::Result<QueryResults, wire::ServiceError>> evaluate_queries(
    CloudWatch& service, const QueryPlace& place, const std::vector<MetricDataQuery>& queries,
    QueryRange range) {
  Evaluation evaluation(service, place, queries, range);
  co_return co_await evaluation.run();
}

}  // namespace millrace::cloudwatch
