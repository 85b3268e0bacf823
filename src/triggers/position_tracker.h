// The position of a shard's consumer while its lanes finish records out of order: everything before the oldest record that
// is still worked on. One thread.
#pragma once

#include <algorithm>
#include <set>

#include "engines/stream/stream.h"

namespace millrace::triggers {

class PositionTracker {
 public:
  explicit PositionTracker(store::Sequence start) : read_(start) {}
  void take(store::Sequence sequence) { open_.insert(sequence); }
  void read_to(store::Sequence sequence) { read_ = std::max(read_, sequence); }
  void finish(store::Sequence sequence) { open_.erase(sequence); }

  store::Sequence read() const { return read_; }
  store::Sequence position() const { return open_.empty() ? read_ : std::min(read_, *open_.begin() - 1); }

 private:
  store::Sequence read_;
  std::set<store::Sequence> open_;
};

}  // namespace millrace::triggers
