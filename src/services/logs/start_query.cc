// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
// The query runs before the answer: what a group keeps is bounded, and its answer is there when it is first asked for.
#include "shapes/logs/start_query.h"

#include <algorithm>

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {
namespace {

constexpr std::size_t kSlice = 1u << 20;  // looked at before other requests of this thread get their turn
constexpr std::size_t kMaxGroups = 50;
constexpr std::int32_t kMaxRows = 10000;

wire::ServiceError malformed(const insights::QueryError& error) {
  QueryCompileErrorLocation location;
  location.start_char_offset = static_cast<std::int32_t>(error.begin);
  location.end_char_offset = static_cast<std::int32_t>(error.end);
  MalformedQueryException out;
  out.message = error.message;
  out.query_compile_error.emplace();
  out.query_compile_error->location = location;
  out.query_compile_error->message = error.message;
  return to_error(out);
}

// One of the three ways to name groups; `SOURCE` is not there.
base::Result<std::vector<telemetry::GroupKey>, wire::ServiceError> groups_of(
    const wire::RequestContext& context, const StartQueryInput& input) {
  const int ways = int{input.log_group_name.has_value()} + int{input.log_group_names.has_value()} +
                   int{input.log_group_identifiers.has_value()};
  if (ways != 1)
    return base::fail(invalid(
        ways == 0
            ? "At least one of logGroupName, logGroupNames or logGroupIdentifiers must be provided."
            : "logGroupName, logGroupNames and logGroupIdentifiers are mutually exclusive parameters."));
  std::vector<telemetry::GroupKey> keys;
  if (input.log_group_name) keys.push_back(key_of(context, *input.log_group_name));
  if (input.log_group_names) {
    for (const std::string& name : *input.log_group_names)
      keys.push_back(key_of(context, name));
  }
  if (input.log_group_identifiers) {
    for (const std::string& identifier : *input.log_group_identifiers)
      keys.push_back(key_of_identifier(context, identifier));
  }
  if (keys.empty() || keys.size() > kMaxGroups)
    return base::fail(invalid("A query looks at 1 to 50 log groups."));
  return keys;
}

// Seconds, though clients that hold milliseconds are understood: AWS does as well.
base::WallTime given_time(std::int64_t value) {
  constexpr std::int64_t kFarSeconds = 100'000'000'000;
  return time_of(value < kFarSeconds ? value * 1000 : value);
}

base::Task<base::Result<void, wire::ServiceError>> scan(Logs& service, telemetry::LogQuery query,
                                                        FinishedQuery& finished, insights::Run& run) {
  query.scan_bytes = kSlice;
  query.limit = std::size_t{1} << 30;
  while (true) {
    telemetry::LogQuery slice = query;
    auto page = co_await service.store.page(std::move(slice));
    if (!page) co_return base::fail(store_failed());
    finished.scanned += page->scanned_events;
    finished.scanned_bytes += page->scanned_bytes;
    for (telemetry::LogEvent& event : page->events)
      run.add(to_insights(query.group, std::move(event)));
    if (!page->stopped_at) co_return base::Result<void, wire::ServiceError>();
    query.after = page->stopped_at;
  }
}

}  // namespace

Answer<StartQueryOutput> start_query(Logs& service, const wire::RequestContext& context,
                                     StartQueryInput input) {
  if (input.query_language.value_or("CWLI") != "CWLI")
    co_return base::fail(invalid("Millrace answers queries in the Logs Insights language (CWLI) only."));
  auto groups = groups_of(context, input);
  if (!groups) co_return base::fail(std::move(groups.error()));
  const base::WallTime from = given_time(input.start_time), to = given_time(input.end_time);
  if (to < from) co_return base::fail(invalid("End time should not be less than start time."));
  auto query = insights::parse_query(input.query_string);
  if (!query) co_return base::fail(malformed(query.error()));
  std::vector<telemetry::GroupInfo> found;
  for (const telemetry::GroupKey& key : *groups) {
    auto group = co_await load_group(service, key);
    if (!group) co_return base::fail(std::move(group.error()));
    found.push_back(std::move(*group));
  }
  auto finished = std::make_shared<FinishedQuery>();
  finished->id = base::make_uuid(service.random);
  finished->text = std::move(input.query_string);
  finished->groups = std::move(*groups);
  finished->asked = context.now;
  const auto limit = static_cast<std::size_t>(std::min(input.limit.value_or(kMaxRows), kMaxRows));
  insights::Run run(*query, {base::unix_millis(context.now)}, limit);
  for (const telemetry::GroupInfo& group : found) {
    telemetry::LogQuery scanned;
    scanned.group = group.key;
    scanned.from = std::max(from, retained_from(group, context.now).value_or(base::WallTime{}));
    scanned.to = to + std::chrono::seconds(1);  // the end belongs to the range
    auto done = co_await scan(service, std::move(scanned), *finished, run);
    if (!done) co_return base::fail(std::move(done.error()));
  }
  finished->matched = run.matched();
  finished->rows = run.finish();
  finished->finished = service.clock.now();
  StartQueryOutput output;
  output.query_id = finished->id;
  service.queries.add(std::move(finished));
  co_return output;
}

}  // namespace millrace::logs
