#include "triggers/lane.h"

#include <algorithm>

#include "base/log.h"
#include "triggers/batch_response.h"

namespace millrace::triggers {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxEventBytes = 6u << 20;
constexpr std::string_view kHead = R"({"Records":[)";
constexpr std::string_view kTail = "]}";
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{30000};

std::uint64_t micros_between(base::WallTime from, base::WallTime to) {
  return to > from ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

std::string event_of(const std::vector<PendingRecord>& records) {
  std::size_t size = kHead.size() + kTail.size();
  for (const auto& record : records)
    size += record.json.size() + 1;
  std::string event;
  event.reserve(size);
  event += kHead;
  for (const auto& record : records) {
    if (&record != records.data()) event += ',';
    event += record.json;
  }
  event += kTail;
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
  while (!stopping_) {
    if (queue_.empty()) {
      co_await wake_.wait();
      continue;
    }
    co_await gather();
    if (!stopping_) co_await process(take_batch());
  }
}

bool Lane::full() const {
  return queue_.size() >= world_.mapping.settings.batch_size ||
         queued_bytes_ + kHead.size() + kTail.size() >= kMaxEventBytes;
}

base::Task<> Lane::gather() {
  const std::chrono::seconds window(world_.mapping.settings.batching_window_seconds);
  const base::SteadyTime deadline = queue_.front().arrived + window;
  while (!stopping_ && !full() && world_.clock.steady_now() < deadline) {
    co_await wake_.wait_until(world_.clock, deadline);
  }
}

Lane::Records Lane::take_batch() {
  Records batch;
  std::size_t bytes = kHead.size() + kTail.size();
  while (!queue_.empty() && batch.size() < world_.mapping.settings.batch_size) {
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
    drop_expired(piece);
    if (piece.records.empty()) {
      pieces.pop_front();
      continue;
    }
    BatchAnswer answer;
    const std::size_t dealt_with = co_await attempt(piece, answer);
    if (answer.kind == BatchAnswer::Kind::kAnswered && dealt_with > 0) {
      finish_front(piece, dealt_with);
      piece.attempts = 0;
      piece.pauses = 0;
    }
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
base::Task<std::size_t> Lane::attempt(const Piece& piece, BatchAnswer& answer) {
  const auto& mapping = world_.mapping;
  world_.metrics.iterator_age.record_us(micros_between(piece.records.back().created, world_.clock.now()));
  std::string event = event_of(piece.records);
  answer = co_await world_.handler.handle(mapping, std::move(event));
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
  piece.records.erase(middle, piece.records.end());
  pieces.insert(pieces.begin() + 1, std::move(second));
  return true;
}

base::Task<> Lane::retry_or_discard(Piece& piece) {
  const auto limit = world_.mapping.settings.maximum_retry_attempts;
  if (limit >= 0 && piece.attempts >= static_cast<unsigned>(limit)) {
    discard(piece, "no attempts are left");
    co_return;
  }
  ++piece.attempts;
  co_await pause(piece.pauses++);
}

void Lane::drop_expired(Piece& piece) {
  const auto limit = world_.mapping.settings.maximum_record_age_seconds;
  if (limit < 0) return;
  const base::WallTime oldest = world_.clock.now() - std::chrono::seconds(limit);
  const auto fresh = std::find_if(piece.records.begin(), piece.records.end(),
                                  [oldest](const PendingRecord& record) { return record.created >= oldest; });
  if (fresh == piece.records.begin()) return;
  Piece expired;
  expired.records.assign(std::make_move_iterator(piece.records.begin()), std::make_move_iterator(fresh));
  piece.records.erase(piece.records.begin(), fresh);
  discard(expired, "they are too old");
}

void Lane::finish_front(Piece& piece, std::size_t count) {
  const auto end = piece.records.begin() + static_cast<std::ptrdiff_t>(count);
  const Records done(std::make_move_iterator(piece.records.begin()), std::make_move_iterator(end));
  piece.records.erase(piece.records.begin(), end);
  world_.metrics.handled.add(done.size());
  owner_.finished(done);
}

void Lane::discard(Piece& piece, std::string_view why) {
  const Records gone = std::move(piece.records);
  piece.records.clear();
  base::log(base::LogLevel::kWarning, "triggers: {} records for {} are discarded, from {} on: {}",
            gone.size(), world_.mapping.function_arn, stream::sequence_text(gone.front().sequence), why);
  world_.metrics.discarded.add(gone.size());
  owner_.finished(gone);
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
