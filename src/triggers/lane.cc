#include "triggers/lane.h"

#include <algorithm>

#include "base/log.h"
#include "triggers/batch_response.h"

namespace millrace::triggers {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxEventBytes = 6u << 20;
constexpr std::string_view kHead = R"({"Records":[)";
constexpr std::size_t kTailSize = 2;
constexpr std::size_t kWindowMembers = 1024;  // more than they take, without the state
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{30000};

std::uint64_t micros_between(base::WallTime from, base::WallTime to) {
  return to > from ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

std::string event_of(const std::vector<PendingRecord>& records, std::string_view tail) {
  std::size_t size = kHead.size() + tail.size();
  for (const auto& record : records)
    size += record.json.size() + 1;
  std::string event;
  event.reserve(size);
  event += kHead;
  for (const auto& record : records) {
    if (&record != records.data()) event += ',';
    event += record.json;
  }
  event += tail;
  return event;
}

}  // namespace

void Lane::push(PendingRecord record) {
  queued_bytes_ += record.json.size() + 1;
  queue_.push_back(std::move(record));
  wake_.set();
}

void Lane::stop() {
  stopping_ = true;
  wake_.set();
}

base::Task<> Lane::run() {
  co_await close_inherited();
  while (!stopping_) {
    skip_included();
    if (window_is_over()) {
      co_await close_window(queue_.empty() && ending_);
    } else if (!queue_.empty()) {
      co_await gather();
      if (!stopping_) co_await process(take_batch());
    } else if (ending_) {
      co_return;
    } else {
      co_await wait_for_work();
    }
  }
}

base::Task<> Lane::wait_for_work() {
  if (window_.open && owner_.at_tail()) {
    co_await wake_.wait_until(world_.clock, window_deadline());
  } else {
    co_await wake_.wait();
  }
}

// Bytes of an event beside its records.
std::size_t Lane::event_overhead() const {
  return kHead.size() + kTailSize + (windowed() ? kWindowMembers + window_.state.size() : 0);
}

bool Lane::full() const {
  return queue_.size() >= world_.mapping.settings.batch_size ||
         queued_bytes_ + event_overhead() >= kMaxEventBytes;
}

base::Task<> Lane::gather() {
  const std::chrono::seconds window(world_.mapping.settings.batching_window_seconds);
  base::SteadyTime deadline = queue_.front().arrived + window;
  if (windowed()) {
    if (!window_.open) window_.enter(queue_.front().created, world_.mapping.settings.tumbling_window_seconds);
    deadline = std::min(deadline, window_deadline());
  }
  while (!stopping_ && !ending_ && !full() && !window_.is_before(queue_.back().created) &&
         world_.clock.steady_now() < deadline) {
    co_await wake_.wait_until(world_.clock, deadline);
  }
}

Lane::Records Lane::take_batch() {
  Records batch;
  std::size_t bytes = event_overhead();
  while (!queue_.empty() && !window_.is_before(queue_.front().created) &&
         batch.size() < world_.mapping.settings.batch_size) {
    const std::size_t size = queue_.front().json.size() + 1;
    if (!batch.empty() && bytes + size > kMaxEventBytes) break;
    bytes += size;
    queued_bytes_ -= size;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

base::Task<> Lane::process(Records batch) {
  std::deque<Piece> pieces;
  pieces.push_back({std::move(batch)});
  while (!pieces.empty() && !stopping_) {
    Piece& piece = pieces.front();
    co_await drop_expired(piece);
    if (piece.records.empty()) {
      pieces.pop_front();
      continue;
    }
    BatchAnswer answer;
    const std::size_t dealt_with = co_await attempt(piece, answer);
    if (answer.kind == BatchAnswer::Kind::kAnswered && dealt_with > 0) {
      if (windowed()) {
        const bool kept = co_await keep_window(piece.records[dealt_with - 1].sequence);
        if (!kept) co_return;
      }
      finish_front(piece, dealt_with);
      piece.attempts = 0;
      piece.pauses = 0;
    }
    if (window_.state.size() > kWindowStateLimit) co_await close_window(true);
    if (dealt_with > 0 && piece.records.empty()) {
      owner_.report("OK");
      pieces.pop_front();
      continue;
    }
    world_.metrics.failures.add();
    if (stopping_) co_return;
    owner_.report("PROBLEM: Function call failed");
    if (answer.kind == BatchAnswer::Kind::kNotRun) {
      co_await pause(piece.pauses++);
    } else if (dealt_with > 0 || !bisect(pieces)) {
      co_await retry_or_discard(piece);
    }
  }
}

// How many records at the front are dealt with.
base::Task<std::size_t> Lane::attempt(Piece& piece, BatchAnswer& answer) {
  const auto& mapping = world_.mapping;
  world_.metrics.iterator_age.record_us(micros_between(piece.records.back().created, world_.clock.now()));
  if (world_.iterator_age)
    world_.iterator_age(
        mapping.function_arn,
        std::chrono::milliseconds(micros_between(piece.records.back().created, world_.clock.now()) / 1000));
  if (windowed() && !window_.open)  // a state that grew too large has closed it
    window_.enter(piece.records.front().created, mapping.settings.tumbling_window_seconds);
  std::string event = event_of(piece.records, event_end(false, false));
  answer = co_await world_.handler.handle(mapping, std::move(event));
  if (answer.kind != BatchAnswer::Kind::kNotRun) {
    ++piece.invocations;
    piece.request_id = answer.request_id;
  }
  if (answer.handler_started != base::WallTime{}) {
    for (const auto& record : piece.records) {
      world_.metrics.lag.record_us(micros_between(record.created, answer.handler_started));
    }
  }
  if (answer.kind != BatchAnswer::Kind::kAnswered) {
    base::log(base::LogLevel::kDebug, "triggers: {} did not handle a batch: {}", mapping.function_arn,
              answer.problem);
    co_return 0;
  }
  if (windowed()) {
    auto state = returned_state(answer.body);
    if (!state) {
      answer.kind = BatchAnswer::Kind::kFailed;
      co_return 0;
    }
    answered_state_ = std::move(*state);
  }
  if (!mapping.settings.report_batch_item_failures) co_return piece.records.size();
  std::vector<store::Sequence> sequences;
  for (const auto& record : piece.records)
    sequences.push_back(record.sequence);
  co_return records_dealt_with(answer.body, sequences);
}

// Splits pieces.front() if the mapping wants that. Splitting is not an attempt.
bool Lane::bisect(std::deque<Piece>& pieces) {
  Piece& piece = pieces.front();
  if (!world_.mapping.settings.bisect_on_error || piece.records.size() < 2) return false;
  const auto middle = piece.records.begin() + static_cast<std::ptrdiff_t>((piece.records.size() + 1) / 2);
  Piece second;
  second.records.assign(std::make_move_iterator(middle), std::make_move_iterator(piece.records.end()));
  second.attempts = piece.attempts;
  second.invocations = piece.invocations;
  second.request_id = piece.request_id;
  piece.records.erase(middle, piece.records.end());
  pieces.insert(pieces.begin() + 1, std::move(second));
  return true;
}

base::Task<> Lane::retry_or_discard(Piece& piece) {
  const auto limit = world_.mapping.settings.maximum_retry_attempts;
  if (limit >= 0 && piece.attempts >= static_cast<unsigned>(limit)) {
    co_await discard(piece, "RetryAttemptsExhausted");
    co_return;
  }
  ++piece.attempts;
  co_await pause(piece.pauses++);
}

base::Task<> Lane::drop_expired(Piece& piece) {
  const auto limit = world_.mapping.settings.maximum_record_age_seconds;
  if (limit < 0) co_return;
  const base::WallTime oldest = world_.clock.now() - std::chrono::seconds(limit);
  const auto fresh = std::find_if(piece.records.begin(), piece.records.end(),
                                  [oldest](const PendingRecord& record) { return record.created >= oldest; });
  if (fresh == piece.records.begin()) co_return;
  Piece expired;
  expired.invocations = piece.invocations;
  expired.request_id = piece.request_id;
  expired.records.assign(std::make_move_iterator(piece.records.begin()), std::make_move_iterator(fresh));
  piece.records.erase(piece.records.begin(), fresh);
  co_await discard(expired, "RecordAgeExceeded");
}

void Lane::finish_front(Piece& piece, std::size_t count) {
  const auto end = piece.records.begin() + static_cast<std::ptrdiff_t>(count);
  const Records done(std::make_move_iterator(piece.records.begin()), std::make_move_iterator(end));
  piece.records.erase(piece.records.begin(), end);
  world_.metrics.handled.add(done.size());
  owner_.finished(done);
}

base::Task<> Lane::discard(Piece& piece, std::string_view condition) {
  if (!world_.mapping.settings.on_failure_destination.empty()) {
    co_await tell_failure(piece, condition);
    if (stopping_) co_return;  // not dealt with: told again after the next start
  }
  const Records gone = std::move(piece.records);
  piece.records.clear();
  base::log(base::LogLevel::kWarning, "triggers: {} records for {} are discarded, from {} on: {}",
            gone.size(), world_.mapping.function_arn, stream::sequence_text(gone.front().sequence),
            condition);
  world_.metrics.discarded.add(gone.size());
  owner_.finished(gone);
}

// Before the position moves on, so that a crash tells twice rather than not at all. A destination that stays out of reach does not hold
// the shard for ever.
base::Task<> Lane::tell_failure(const Piece& piece, std::string_view condition) {
  constexpr unsigned kAttempts = 4;
  const PendingRecord& first = piece.records.front();
  const PendingRecord& last = piece.records.back();
  for (unsigned attempt = 0; attempt < kAttempts && !stopping_; ++attempt) {
    if (attempt > 0) co_await pause(attempt);
    GivenUp given_up{world_.mapping, condition, piece.invocations, piece.request_id, owner_.shard_id()};
    given_up.first_sequence = stream::sequence_text(first.sequence);
    given_up.last_sequence = stream::sequence_text(last.sequence);
    given_up.first_created = first.created;
    given_up.last_created = last.created;
    given_up.count = piece.records.size();
    given_up.event = event_of(piece.records, "]}");
    const bool told = co_await world_.failures.tell(std::move(given_up));
    if (told) co_return;
  }
}

// Longer each time, and not in step with others that failed together.
base::Task<> Lane::pause(unsigned times) {
  const auto whole = std::min(kLongestPause, kFirstPause * (1 << std::min(times, 10u)));
  const milliseconds length(whole.count() * 3 / 4 + static_cast<std::int64_t>(world_.random.below(
                                                        static_cast<std::uint64_t>(whole.count() / 4 + 1))));
  const base::SteadyTime deadline = world_.clock.steady_now() + length;
  while (!stopping_ && world_.clock.steady_now() < deadline)
    co_await wake_.wait_until(world_.clock, deadline);
}

}  // namespace millrace::triggers
