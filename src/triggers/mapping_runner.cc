#include "triggers/mapping_runner.h"

#include "base/log.h"

namespace millrace::triggers {

namespace {

constexpr std::chrono::seconds kRetry{1};

TriggerMetrics metrics_of(base::Registry& registry, const std::string& uuid) {
  const std::string labels = fmt::format("mapping=\"{}\"", uuid);
  return {
      registry.histogram("trigger_iterator_age", labels,
                         "Age of the youngest record of a batch, in microseconds"),
      registry.histogram("trigger_lag", labels,
                         "From the write to the start of the handler, in microseconds"),
      registry.counter("trigger_records_handled_total", labels, "Records that functions dealt with"),
      registry.counter("trigger_records_discarded_total", labels, "Records that were given up"),
      registry.counter("trigger_records_filtered_total", labels, "Records that no filter let pass"),
      registry.counter("trigger_failures_total", labels, "Invocations that did not succeed"),
  };
}

}  // namespace

MappingRunner::MappingRunner(const TriggersWorld& world, catalog::EventSourceMapping mapping,
                             const boost::asio::any_io_executor& executor)
    : world_(world),
      executor_(executor),
      metrics_(metrics_of(world.registry, mapping.uuid)),
      wanted_(std::move(mapping)),
      changed_(executor) {}

void MappingRunner::change(catalog::EventSourceMapping mapping) {
  if (mapping.version <= wanted_.version) return;
  wanted_ = std::move(mapping);
  if (consumer_) consumer_->stop();
  changed_.set();
}

void MappingRunner::stop() {
  stopping_ = true;
  if (consumer_) consumer_->stop();
  changed_.set();
}

void MappingRunner::cancel() {
  stop();
  if (consumer_) consumer_->cancel();
}

base::Task<> MappingRunner::run() {
  while (!stopping_) {
    const catalog::EventSourceMapping mapping = wanted_;
    if (mapping.state == catalog::MappingState::kDeleting) {
      co_await settle(mapping);
      co_return;
    }
    if (mapping.enabled) {
      co_await consume(mapping);
    } else {
      co_await settle(mapping);
    }
    while (!superseded(mapping))
      co_await changed_.wait();
  }
}

base::Task<> MappingRunner::settle(const catalog::EventSourceMapping& mapping) {
  const auto settled = co_await world_.mappings.settle(mapping);
  if (!settled) base::log(base::LogLevel::kWarning, "triggers: mapping {} cannot be settled", mapping.uuid);
}

base::Task<std::optional<stream::Stream>> MappingRunner::find_stream(
    const catalog::EventSourceMapping& mapping) {
  const auto name = stream::parse_table_stream_arn(mapping.event_source_arn);
  if (!name) co_return std::nullopt;
  while (!superseded(mapping)) {
    auto found = co_await stream::describe(world_.store, *name);
    if (found) co_return std::move(*found);
    if (found.error().kind == stream::ErrorKind::kNotFound) co_return std::nullopt;
    const auto deadline = world_.clock.steady_now() + kRetry;
    co_await changed_.wait_until(world_.clock, deadline);
  }
  co_return std::nullopt;
}

base::Task<> MappingRunner::consume(const catalog::EventSourceMapping& mapping) {
  const auto found = co_await find_stream(mapping);
  co_await settle(mapping);
  if (!found) {
    base::log(base::LogLevel::kWarning, "triggers: {} is no stream; mapping {} waits for a change",
              mapping.event_source_arn, mapping.uuid);
    std::string problem = "PROBLEM: The event source does not exist";
    co_await world_.mappings.set_last_result(mapping.uuid, std::move(problem));
    co_return;
  }
  if (superseded(mapping)) co_return;
  const LaneWorld lane{mapping,         world_.clock, world_.random,      world_.handler,
                       world_.failures, metrics_,     world_.iterator_age};
  const ConsumerWorld world{world_.store, world_.mappings, mapping, found->name, lane};
  consumer_.emplace(world, executor_);
  co_await consumer_->run(*found);
  consumer_.reset();
}

}  // namespace millrace::triggers
