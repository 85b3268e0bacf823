// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
#include "shapes/cloudwatch/get_metric_data.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/query_data.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kMostPoints = 100'800;

std::optional<wire::ServiceError> check(const GetMetricDataInput& input) {
  if (input.start_time >= input.end_time)
    return invalid_request("The parameter StartTime must be less than the parameter EndTime.");
  if (input.max_datapoints &&
      (*input.max_datapoints < 1 || *input.max_datapoints > static_cast<int>(kMostPoints)))
    return invalid_request(fmt::format("The parameter MaxDatapoints must be between 1 and {}.", kMostPoints));
  return check_queries(input.metric_data_queries, "MetricDataQueries");
}

// How many points earlier pages have given.
std::optional<std::size_t> points_before(const GetMetricDataInput& input) {
  if (!input.next_token) return 0;
  const auto position = read_token(*input.next_token);
  std::size_t out = 0;
  if (!position) return std::nullopt;
  const auto [end, error] = std::from_chars(position->data(), position->data() + position->size(), out);
  if (error != std::errc() || end != position->data() + position->size()) return std::nullopt;
  return out;
}

// Results one after another, cut into pages by the number of their points.
class Pager {
 public:
  Pager(std::size_t skip, std::size_t room, bool ascending)
      : skip_(skip), room_(room), ascending_(ascending) {}

  void add(const QueryData& data, std::vector<MetricDataResult>& out) {
    const std::size_t size = data.points.size(), before = std::min(skip_, size);
    if (skip_ > 0 && before == size && size > 0) {  // all of it stood on earlier pages
      skip_ -= size;
      return;
    }
    skip_ -= before;
    const std::size_t count = std::min(size - before, room_);
    if (size > 0 && count == 0) {
      more_ = true;
      return;
    }
    MetricDataResult& result = out.emplace_back();
    result.id = data.id;
    result.label = data.label;
    auto& times = result.timestamps.emplace();
    auto& values = result.values.emplace();
    const auto take = [&](auto at) {
      std::advance(at, static_cast<std::ptrdiff_t>(before));
      for (std::size_t i = 0; i < count; ++i, ++at) {
        times.push_back(at_second(at->first));
        values.push_back(at->second);
      }
    };
    ascending_ ? take(data.points.begin()) : take(data.points.rbegin());
    room_ -= count;
    given_ += count;
    const bool whole = before + count == size;
    more_ = more_ || !whole;
    result.status_code = whole ? "Complete" : "PartialData";
  }

  bool more() const { return more_; }
  std::size_t given() const { return given_; }

 private:
  std::size_t skip_;
  std::size_t room_;
  std::size_t given_ = 0;
  bool ascending_;
  bool more_ = false;
};

}  // namespace

Answer<GetMetricDataOutput> get_metric_data(CloudWatch& service, const wire::RequestContext& context,
                                            GetMetricDataInput input) {
  if (auto error = check(input)) co_return base::fail(std::move(*error));
  const auto before = points_before(input);
  if (!before) co_return base::fail(invalid_next_token("Request parameter NextToken is invalid"));
  Pager pager(*before, static_cast<std::size_t>(input.max_datapoints.value_or(kMostPoints)),
              input.scan_by == "TimestampAscending");
  GetMetricDataOutput output;
  auto& results = output.metric_data_results.emplace();
  const QueryPlace place{context.account(), context.region, context.now};
  const QueryRange range{input.start_time, input.end_time};
  auto data = co_await evaluate_queries(service, place, input.metric_data_queries, range);
  if (!data) co_return base::fail(std::move(data.error()));
  for (const auto& of_query : *data) {
    for (const QueryData& series : of_query)
      pager.add(series, results);
  }
  output.messages.emplace();
  if (pager.more()) output.next_token = make_token(std::to_string(*before + pager.given()));
  co_return output;
}

}  // namespace millrace::cloudwatch
