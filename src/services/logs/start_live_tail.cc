// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
// AWS sends an update once a second. Here one goes as soon as events are in the store, and once a second all the same.
#include "shapes/logs/start_live_tail.h"

#include <algorithm>
#include <mutex>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"
#include "wire/event_stream.h"

namespace millrace::logs {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kMaxUpdate = 500;  // events a second; of more a sample is shown
constexpr auto kSession = std::chrono::hours(3);
constexpr auto kUpdate = std::chrono::seconds(1);
constexpr std::size_t kMaxGroups = 10;

// Which events a session shows.
struct Wanted {
  StartLiveTailInput input;
  std::vector<telemetry::GroupKey> groups;

  bool names(const telemetry::GroupKey& group, const std::string& stream) const {
    if (std::ranges::find(groups, group) == groups.end()) return false;
    if (input.log_stream_names)
      return std::ranges::find(*input.log_stream_names, stream) != input.log_stream_names->end();
    if (!input.log_stream_name_prefixes) return true;
    return std::ranges::any_of(*input.log_stream_name_prefixes,
                               [&](const std::string& prefix) { return stream.starts_with(prefix); });
  }
};

class Session final : public telemetry::LogTap {
 public:
  using Channel = asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  Session(const asio::any_io_executor& executor, Wanted wanted, FilterPattern pattern)
      : came(executor, 1), wanted_(std::move(wanted)), matcher_(std::move(pattern)) {}

  void stored(const std::vector<telemetry::StoredEvent>& events) override {
    bool any = false;
    {
      std::lock_guard lock(mutex_);
      for (const telemetry::StoredEvent& event : events)
        any = keep_matching(event) || any;
    }
    if (any) came.try_send(boost::system::error_code());
  }

  LiveTailSessionUpdate take() {
    LiveTailSessionUpdate update;
    std::lock_guard lock(mutex_);
    update.session_metadata.emplace().sampled = std::exchange(sampled_, false);
    update.session_results = std::exchange(waiting_, {});
    return update;
  }
  const Wanted& wanted() const { return wanted_; }

  Channel came;  // told when there is something to take

 private:
  bool keep_matching(const telemetry::StoredEvent& stored) {
    const auto& [group, event] = stored;
    if (!wanted_.names(group, event.stream) || !matcher_.matches(event.message)) return false;
    if (waiting_.size() >= kMaxUpdate) {
      sampled_ = true;
      return false;
    }
    LiveTailSessionLogEvent& out = waiting_.emplace_back();
    out.timestamp = base::unix_millis(event.time);
    out.ingestion_time = base::unix_millis(event.ingested);
    out.log_group_identifier = group.account + ":" + group.name;
    out.log_stream_name = event.stream;
    out.message = utf8_text(event.message);
    return true;
  }

  const Wanted wanted_;
  std::mutex mutex_;
  FilterMatcher matcher_;                         // guarded by mutex_
  std::vector<LiveTailSessionLogEvent> waiting_;  // guarded by mutex_
  bool sampled_ = false;                          // guarded by mutex_
};

// Listens for as long as it lives.
struct Listening {
  Listening(telemetry::LogStore& to, const std::shared_ptr<Session>& with) : store(to), session(with) {
    store.tap(with);
  }
  ~Listening() { store.untap(session.get()); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  telemetry::LogStore& store;
  std::shared_ptr<Session> session;
};

std::string start_frame(const Wanted& wanted, const wire::RequestContext& context) {
  LiveTailSessionStart start;
  start.request_id = context.request_id;
  start.session_id = context.request_id;
  start.log_group_identifiers.emplace();
  for (const telemetry::GroupKey& group : wanted.groups)
    start.log_group_identifiers->push_back(group.account + ":" + group.name);
  start.log_stream_names = wanted.input.log_stream_names;
  start.log_stream_name_prefixes = wanted.input.log_stream_name_prefixes;
  start.log_event_filter_pattern = wanted.input.log_event_filter_pattern;
  std::string json, frame;
  encode(start, json);
  wire::append_event(frame, "sessionStart", "application/json", json);
  return frame;
}

std::string update_frame(const LiveTailSessionUpdate& update) {
  std::string json, frame;
  encode(update, json);
  wire::append_event(frame, "sessionUpdate", "application/json", json);
  return frame;
}

std::string timeout_frame() {
  std::string frame;
  wire::append_event_exception(frame, "SessionTimeoutException",
                               R"({"message":"The session has lasted three hours."})");
  return frame;
}

// Until the client goes, the session is over or the server stops.
base::Task<> follow(Logs& service, Session& session, net::Exchange& exchange) {
  using namespace asio::experimental::awaitable_operators;
  const base::WallTime end = service.clock.now() + kSession;
  while (!service.stopping) {
    if (service.clock.now() >= end) {
      const std::string frame = timeout_frame();
      (void)co_await exchange.write(frame);
      co_return;
    }
    const std::string frame = update_frame(session.take());
    auto written = co_await exchange.write(frame);
    if (!written) co_return;
    co_await (session.came.async_receive(asio::as_tuple(asio::use_awaitable)) ||
              service.clock.sleep_for(kUpdate));
  }
}

Answer<Wanted> wanted_of(Logs& service, const wire::RequestContext& context, StartLiveTailInput input) {
  if (input.log_stream_names && input.log_stream_name_prefixes)
    co_return base::fail(
        invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters."));
  if (input.log_group_identifiers.empty() || input.log_group_identifiers.size() > kMaxGroups)
    co_return base::fail(invalid("A session follows 1 to 10 log groups."));
  if ((input.log_stream_names || input.log_stream_name_prefixes) && input.log_group_identifiers.size() > 1)
    co_return base::fail(invalid("Log streams can be chosen when one log group is followed."));
  Wanted out;
  for (const std::string& identifier : input.log_group_identifiers) {
    auto group = co_await load_group(service, key_of_identifier(context, identifier));
    if (!group) co_return base::fail(std::move(group.error()));
    out.groups.push_back(std::move(group->key));
  }
  out.input = std::move(input);
  co_return out;
}

}  // namespace

Answer<void> start_live_tail(Logs& service, const wire::RequestContext& context, StartLiveTailInput input,
                             wire::HttpCall& http) {
  auto pattern = FilterPattern::parse(input.log_event_filter_pattern.value_or(""));
  if (!pattern) co_return base::fail(invalid("Invalid filter pattern: " + pattern.error()));
  auto wanted = co_await wanted_of(service, context, std::move(input));
  if (!wanted) co_return base::fail(std::move(wanted.error()));
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto session = std::make_shared<Session>(executor, std::move(*wanted), std::move(*pattern));
  const Listening listening(service.store, session);
  net::ResponseHead head;
  head.headers = http.headers;
  head.headers.emplace_back("Content-Type", "application/vnd.amazon.eventstream");
  auto begun = co_await http.exchange.begin(std::move(head));
  if (!begun) co_return base::Result<void, wire::ServiceError>();
  const std::string frame = start_frame(session->wanted(), context);
  auto started = co_await http.exchange.write(frame);
  if (started) co_await follow(service, *session, http.exchange);
  (void)co_await http.exchange.finish();
  co_return base::Result<void, wire::ServiceError>();
}

}  // namespace millrace::logs
