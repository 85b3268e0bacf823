// The part of a lane that keeps tumbling windows: entering, keeping the state, and the last invocation of each.
#include "base/log.h"
#include "triggers/lane.h"

namespace millrace::triggers {

namespace {

// A record may be committed a moment after the time it carries.
constexpr std::chrono::milliseconds kGrace{200};

base::WallTime end_of(const Window& window) {
  return base::WallTime(std::chrono::seconds(window.end)) + kGrace;
}

}  // namespace

void Lane::resume(Window window) {
  if (windowed() && window.lanes == lanes_) {
    window_ = std::move(window);
  } else {
    inherit(index_, std::move(window));
  }
}

void Lane::inherit(std::uint32_t kept_as, Window window) {
  inherited_.push_back({kept_as, std::move(window)});
}

void Lane::end() {
  ending_ = true;
  wake_.set();
}

base::SteadyTime Lane::window_deadline() const {
  return world_.clock.steady_now() + (end_of(window_) - world_.clock.now());
}

// What is in a state already was in it before a restart.
void Lane::skip_included() {
  Records known;
  while (!queue_.empty() && queue_.front().sequence <= window_.included) {
    queued_bytes_ -= queue_.front().json.size() + 1;
    known.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (!known.empty()) owner_.finished(known);
}

bool Lane::window_is_over() const {
  if (!window_.open) return false;
  if (!queue_.empty()) return window_.is_before(queue_.front().created);
  return ending_ || (owner_.at_tail() && world_.clock.now() >= end_of(window_));
}

std::string Lane::event_end(bool last, bool early) const {
  if (!windowed() && !last) return "]}";
  const WindowEvent event{owner_.shard_id(), world_.mapping.event_source_arn, last, early};
  return "]" + window_members(window_, event) + "}";
}

base::Task<bool> Lane::keep_window(store::Sequence included) {
  window_.state = std::move(answered_state_);
  window_.included = included;
  window_.lanes = lanes_;
  std::optional<std::string> bytes = encode_window(window_);
  const bool kept = co_await owner_.keep_window(index_, std::move(bytes));
  if (!kept) stopping_ = true;  // the mapping or the store is gone: the batch is repeated when they are back
  co_return kept;
}

// The function sees the state once more and may act on it. True: it did, or there are no attempts left.
base::Task<bool> Lane::deliver_window(bool early) {
  const auto limit = world_.mapping.settings.maximum_retry_attempts;
  unsigned attempts = 0;
  for (unsigned pauses = 0; !stopping_; ++pauses) {
    std::string event = R"({"Records":[)" + event_end(true, early);
    const BatchAnswer answer = co_await world_.handler.handle(world_.mapping, std::move(event));
    if (answer.kind == BatchAnswer::Kind::kAnswered) {
      owner_.report("OK");
      co_return true;
    }
    world_.metrics.failures.add();
    if (stopping_) break;
    owner_.report("PROBLEM: Function call failed");
    if (answer.kind == BatchAnswer::Kind::kFailed && limit >= 0 &&
        attempts++ >= static_cast<unsigned>(limit)) {
      base::log(base::LogLevel::kWarning, "triggers: the window of {} that began at {} is given up: {}",
                world_.mapping.function_arn, window_.start, answer.problem);
      co_return true;
    }
    co_await pause(pauses);
  }
  co_return false;
}

base::Task<> Lane::close_window(bool early) {
  const bool done = co_await deliver_window(early);
  if (!done) co_return;
  window_.close(early);
  window_.lanes = lanes_;
  std::optional<std::string> bytes = encode_window(window_);
  const bool kept = co_await owner_.keep_window(index_, std::move(bytes));
  if (!kept) stopping_ = true;
}

// Windows that were open when windows were switched off or the number of lanes changed: they end early.
base::Task<> Lane::close_inherited() {
  while (!inherited_.empty() && !stopping_) {
    const std::uint32_t kept_as = inherited_.back().kept_as;
    window_ = std::move(inherited_.back().window);
    if (window_.open) {
      const bool done = co_await deliver_window(true);
      if (!done) co_return;
    }
    std::optional<std::string> nothing;
    const bool forgotten = co_await owner_.keep_window(kept_as, std::move(nothing));
    if (!forgotten) stopping_ = true;
    inherited_.pop_back();
    window_ = Window{};
  }
}

}  // namespace millrace::triggers
