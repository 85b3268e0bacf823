#include "triggers/mill_testing.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <simdjson.h>

#include "engines/table/change_record.h"

namespace millrace::triggers {

base::Task<> FakeClock::sleep_until(base::SteadyTime when) {
  if (when <= steady_) co_return;
  auto timer = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor,
                                                           base::SteadyTime::max());
  const auto place = sleepers_.emplace(when, timer);
  co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (steady_ < when) sleepers_.erase(place);  // cancelled; step() takes out those that are due
}

bool FakeClock::step() {
  if (sleepers_.empty()) return false;
  const auto next = sleepers_.begin()->first;
  advance(std::chrono::duration_cast<std::chrono::microseconds>(next - steady_) +
          std::chrono::microseconds(1));
  return true;
}

void FakeClock::advance(std::chrono::microseconds by) {
  wall_ += by;
  steady_ += by;
  while (!sleepers_.empty() && sleepers_.begin()->first <= steady_) {
    sleepers_.begin()->second->cancel();
    sleepers_.erase(sleepers_.begin());
  }
}

BatchAnswer answered(std::string body) {
  return {BatchAnswer::Kind::kAnswered, std::move(body), {}, {}};
}
BatchAnswer failed() {
  return {BatchAnswer::Kind::kFailed, {}, "failed", {}};
}
BatchAnswer not_run() {
  return {BatchAnswer::Kind::kNotRun, {}, "throttled", {}};
}

base::Task<BatchAnswer> FakeFunction::handle(const catalog::EventSourceMapping&, std::string event) {
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(event);
  SeenBatch batch;
  for (const simdjson::dom::element record : root["Records"].get_array()) {
    const auto change = record["dynamodb"];
    SeenRecord seen;
    seen.sequence = *stream::parse_sequence(std::string_view(change["SequenceNumber"]));
    seen.key = std::string(std::string_view(change["Keys"]["id"]["S"]));
    seen.value = std::stoi(std::string(std::string_view(change["NewImage"]["n"]["N"])));
    batch.push_back(std::move(seen));
  }
  batches.push_back(batch);
  events.push_back(std::move(event));
  const auto started = clock_.now();
  most_running = std::max(most_running, ++running);
  const auto end = clock_.steady_now() + duration;
  co_await clock_.sleep_until(end);
  --running;
  if (clock_.steady_now() < end) {
    ++cut;
    co_return not_run();
  }
  BatchAnswer result = answer ? answer(batch) : answered();
  if (result.kind != BatchAnswer::Kind::kNotRun) {
    result.handler_started = started;
    result.request_id = "request-" + std::to_string(batches.size());
  }
  if (result.kind == BatchAnswer::Kind::kAnswered) handled.insert(handled.end(), batch.begin(), batch.end());
  co_return result;
}

base::Task<bool> FakeFailures::tell(GivenUp given_up) {
  if (refuse > 0) {
    --refuse;
    co_return false;
  }
  documents.push_back(failure_document(given_up, base::WallTime(std::chrono::seconds(1'800'000'000))));
  co_return true;
}

Mill::Mill(std::uint64_t seed)
    : store(store::make_memory_store()),
      random(base::make_seeded_random(seed)),
      mappings(*store, clock, *random),
      function(clock),
      stream_name{"000000000000", "eu-west-1", "Bids", stream::label_at(clock.now())},
      handle(stream::new_handle(*random, clock.now())) {
  write_in_batch([&](store::Batch& batch) {
    stream::create(batch, {stream_name, handle, clock.now(), 0, ""});
  });
}

Mill::~Mill() {
  if (started()) stop();
  store->stop();
}

template <class T>
T Mill::wait_for(base::Task<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result.emplace(std::move(value));
  });
  if (!run_until([&] { return result.has_value(); })) throw std::logic_error("nothing completes the task");
  return std::move(*result);
}

void Mill::start() {
  const TriggersWorld world{*store, mappings, clock, *random, registry, function, failures};
  triggers_ =
      std::make_unique<Triggers>(world, std::vector<boost::asio::any_io_executor>{context_.get_executor()});
  run_ended_ = false;
  boost::asio::co_spawn(context_, triggers_->run(), [this](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
    run_ended_ = true;
  });
  settle();
}

void Mill::stop(std::chrono::milliseconds patience) {
  bool stopped = false;
  boost::asio::co_spawn(context_, triggers_->stop(patience), [&](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
    stopped = true;
  });
  if (!run_until([&] { return stopped && run_ended_; })) throw std::logic_error("triggers do not stop");
  triggers_.reset();
}

catalog::EventSourceMapping Mill::mapping_for(std::string name) const {
  catalog::EventSourceMapping mapping;
  mapping.account = "000000000000";
  mapping.region = "eu-west-1";
  mapping.event_source_arn = stream::table_stream_arn(stream_name);
  mapping.function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:" + name;
  mapping.starting_position = catalog::StartingPosition::kTrimHorizon;
  return mapping;
}

catalog::EventSourceMapping Mill::create(catalog::EventSourceMapping mapping) {
  auto made = *wait_for(mappings.create(std::move(mapping)));
  settle();
  return made;
}

catalog::EventSourceMapping Mill::find(const std::string& uuid) {
  return *wait_for(mappings.find("000000000000", "eu-west-1", uuid));
}

void Mill::update(const std::string& uuid, catalog::EventSourceMappings::Edit edit) {
  if (!wait_for(mappings.update("000000000000", "eu-west-1", uuid, std::move(edit)))) {
    throw std::logic_error("the update was refused");
  }
}

void Mill::write_in_batch(const std::function<void(store::Batch&)>& fill) {
  auto decide = [&](store::Reader&, store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    fill(batch);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  if (!wait_for(store->commit(transaction))) throw std::logic_error("the write was refused");
}

stream::OpenShard Mill::shard_of(const std::string& key) const {
  return handle.shard_at(stream::place_of(stream::partition_hash(key)));
}

void Mill::replace(const stream::Replacement& replacement) {
  const std::vector<stream::Replacement> one{replacement};
  stream::Handle made;
  auto decide = [&](store::Reader& view,
                    store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    auto replaced = stream::replace_shards(view, batch, handle, one, clock.now());
    if (!replaced) return base::fail(replaced.error());
    made = std::move(*replaced);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = stream::replacement_keys(handle.id, one);
  if (!wait_for(store->commit(transaction))) throw std::logic_error("the shard was not replaced");
  handle = std::move(made);
}

void Mill::split(const std::string& key) {
  const std::uint64_t number = shard_of(key).number;
  const auto at = std::ranges::find(handle.open, number, &stream::OpenShard::number) - handle.open.begin();
  const stream::Place begin = handle.open[static_cast<std::size_t>(at)].begin;
  replace({number, begin + (handle.end_of(static_cast<std::size_t>(at)) - begin) / 2});
}

void Mill::roll_over(const std::string& key) {
  replace({shard_of(key).number});
}

stream::Stream Mill::describe() {
  return *wait_for(stream::describe(*store, stream_name));
}

int Mill::write(const std::string& key, std::size_t padding) {
  const int value = ++written_;
  const std::string keys = fmt::format(R"({{"id":{{"S":"{}"}}}})", key);
  const std::string image = fmt::format(R"({{"id":{{"S":"{}"}},"n":{{"N":"{}"}},"pad":{{"S":"{}"}}}})", key,
                                        value, std::string(padding, 'x'));
  table::ChangeRecord change;
  change.view = table::StreamView::kNewImage;
  change.created = clock.now();
  change.size_bytes = 59;
  change.keys = keys;
  change.new_image = image;
  const std::string record = table::encode_change(change);
  write_in_batch(
      [&](store::Batch& batch) { stream::append_record(batch, handle, key, record, clock.now()); });
  return value;
}

void Mill::settle() {
  do {
    context_.restart();
  } while (context_.poll() > 0);
}

bool Mill::run_until(const std::function<bool()>& done) {
  for (int steps = 0; steps < 1000000; ++steps) {
    while (!done()) {
      context_.restart();
      if (context_.poll_one() == 0) break;
    }
    if (done()) return true;
    if (!clock.step()) return false;
  }
  return false;
}

void Mill::pass(std::chrono::microseconds time) {
  const auto end = clock.steady_now() + time;
  bool over = false;
  struct Sleeper {
    static base::Task<> sleep(FakeClock& clock, base::SteadyTime until) { co_await clock.sleep_until(until); }
  };
  boost::asio::co_spawn(context_, Sleeper::sleep(clock, end), [&](std::exception_ptr) { over = true; });
  run_until([&] { return over; });
  settle();
}

}  // namespace millrace::triggers
