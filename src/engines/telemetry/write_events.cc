#include "engines/telemetry/write_events.h"

namespace millrace::telemetry {

using store::StoreError;

void WriteEvents::add(const GroupKey& group, const LogEvent& event) {
  events_.emplace_back(event_key(group, event.time, event.serial), event_value(event));
  Span& span = spans_[stream_key(group, event.stream)];
  span.first = std::min(span.first, event.time);
  span.last = std::max(span.last, event.time);
  added_[group] += events_.back().first.size() + events_.back().second.size();
}

void WriteEvents::seal() {
  for (const auto& [key, span] : spans_)
    keys.push_back(key);
  for (const auto& [group, bytes] : added_) {
    keys.push_back(group_prefix('g', group));
    keys.push_back(group_prefix('m', group));
  }
}

base::Result<bool, StoreError> WriteEvents::groups(store::Reader& view, store::Batch& batch) {
  for (const auto& [group, bytes] : added_) {
    const std::string size_key = group_prefix('g', group);
    const std::string about_key = group_prefix('m', group);
    auto about = view.get(about_key);
    if (!about) return base::fail(about.error());
    auto before = stored_bytes(view, size_key);
    if (!before) return base::fail(before.error());
    if (!*about) {
      auto size = view.get(size_key);
      if (!size) return base::fail(size.error());
      if (absent_ == Absent::kRefuse && !*size) return false;
      GroupInfo info;
      info.created = now_;
      batch.put(about_key, group_value(info));
    }
    sizes[group] = *before + bytes;
    batch.put(size_key, size_value(*before + bytes));
  }
  return true;
}

base::Result<bool, StoreError> WriteEvents::streams(store::Reader& view, store::Batch& batch) {
  for (const auto& [key, span] : spans_) {
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    if (!*stored && absent_ == Absent::kRefuse) return false;
    StreamInfo known = empty_stream(std::min(now_, span.first));
    if (*stored && !decode_stream(**stored, known)) return base::fail(StoreError::kCorrupt);
    known.first = std::min(known.first, span.first);
    known.last = std::max(known.last, span.last);
    known.ingested = now_;
    batch.put(key, stream_value(known));
  }
  return true;
}

base::Result<store::Verdict, StoreError> WriteEvents::decide(store::Reader& view, store::Batch& batch) {
  auto group = groups(view, batch);
  if (!group) return base::fail(group.error());
  outcome = LogOutcome::kNoGroup;
  if (!*group) return store::Verdict::kRefuse;
  auto stream = streams(view, batch);
  if (!stream) return base::fail(stream.error());
  outcome = LogOutcome::kNoStream;
  if (!*stream) return store::Verdict::kRefuse;
  outcome = LogOutcome::kDone;
  for (const auto& [key, value] : events_)
    batch.put(key, value);
  return store::Verdict::kCommit;
}

}  // namespace millrace::telemetry
