#include "store/committer.h"

#include <boost/asio/post.hpp>
#include <rocksdb/iterator.h>

#include "base/log.h"
#include "store/read_set_check.h"

namespace millrace::store {

namespace {
constexpr std::size_t kMaxGatheredBytes = 128u << 20;
constexpr std::size_t kWarmedBytesPerRange = 1u << 20;
}  // namespace

Committer::Committer(Database& database, LogWatches& watches, BlockingPool& pool, Options options,
                     Sequence last_sequence)
    : database_(database),
      watches_(watches),
      pool_(pool),
      options_(options),
      open_(std::make_unique<Group>()),
      written_(std::make_unique<Group>()),
      counter_(last_sequence) {
  if (options_.durability == Durability::kSync) writer_ = std::thread([this] { run_writer(); });
}

Committer::~Committer() {
  stop();
}

void Committer::submit(Ticket& ticket) {
  admit(ticket, Tier::kMemory);
}

// Once the mutex is released the ticket may be gone, unless it is done or needs the disk.
void Committer::admit(Ticket& ticket, Tier tier) {
  std::unique_lock lock(mutex_);
  if (tier == Tier::kDisk) --on_disk_path_;
  const auto executor = ticket.who->executor();
  const bool full =
      open_->tickets.size() >= options_.max_waiting || open_->batch.GetDataSize() > kMaxGatheredBytes;
  Decided decided = Decided::kDone;
  if (stopping_ && tier == Tier::kMemory) {
    ticket.result = base::fail(StoreError::kStopped);
  } else if (failed_) {
    ticket.result = base::fail(StoreError::kWriteRefused);
  } else if (full || on_disk_path_ >= options_.max_waiting) {
    ticket.result = base::fail(StoreError::kOverloaded);
  } else {
    decided = decide(ticket, tier);
  }
  if (decided == Decided::kWaits) wake_writer(executor);
  if (decided == Decided::kNeedsDisk) ++on_disk_path_;
  lock.unlock();
  if (decided == Decided::kWaits || tier == Tier::kDisk) changed_.notify_all();
  if (decided == Decided::kNeedsDisk) {
    pool_.run([this, &ticket] {
      warm(*ticket.transaction);
      admit(ticket, Tier::kDisk);
    });
  } else if (decided == Decided::kDone) {
    Sleepers ready;
    ready.push_back(std::move(ticket.who));
    resume_all(std::move(ready));
  }
}

Committer::Decided Committer::decide(Ticket& ticket, Tier tier) {
  const Group* layers[] = {open_.get(), written_.get()};
  RocksView view(database_, std::span(layers, writing_ ? 2 : 1), tier, counter_);
  GroupBatch batch(*open_, database_, counter_);
  base::Result<Verdict, StoreError> verdict = Verdict::kRefuse;
  try {
    if (options_.check_read_sets) {
      ReadSetCheck checked(view, *ticket.transaction);
      verdict = ticket.transaction->decide(checked, batch);
    } else {
      verdict = ticket.transaction->decide(view, batch);
    }
  } catch (...) {
    batch.refuse();
    ticket.bug = std::current_exception();
    return Decided::kDone;
  }
  if (view.missed_memory()) {
    batch.refuse();
    return Decided::kNeedsDisk;
  }
  if (!verdict || *verdict == Verdict::kRefuse) {
    batch.refuse();
    if (verdict) {
      ticket.result = Committed{};
    } else {
      ticket.result = base::fail(verdict.error());
    }
  } else {
    ticket.result = Committed{Verdict::kCommit, batch.accept()};
  }
  // A refusal, too, may rest on writes that are not durable yet: it is told with them.
  if (open_->has_writes()) {
    open_->tickets.push_back(&ticket);
    return Decided::kWaits;
  }
  if (writing_) {
    written_->tickets.push_back(&ticket);
    return Decided::kWaits;
  }
  return Decided::kDone;
}

void Committer::warm(const Transaction& transaction) {
  rocksdb::ReadOptions options;
  rocksdb::PinnableSlice value;
  for (const auto& key : transaction.keys) {
    database_.db->Get(options, database_.handle(Space::kItems), key, &value);
    value.Reset();
  }
  for (const auto& range : transaction.ranges) {
    const rocksdb::Slice upper = range.end;
    if (!range.end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> stored(
        database_.db->NewIterator(options, database_.handle(Space::kItems)));
    std::size_t seen = 0;
    for (stored->Seek(range.begin); stored->Valid() && seen < kWarmedBytesPerRange; stored->Next()) {
      seen += stored->key().size() + stored->value().size();
    }
    options.iterate_upper_bound = nullptr;
  }
}

void Committer::wake_writer(const boost::asio::any_io_executor& executor) {
  if (options_.durability == Durability::kSync || flush_posted_ || open_->tickets.empty() || stopping_)
    return;
  flush_posted_ = true;
  boost::asio::post(executor, [this, executor, alive = std::weak_ptr(life_)] {
    if (alive.lock()) flush(&executor);
  });
}

void Committer::flush(const boost::asio::any_io_executor* here) {
  std::unique_lock lock(mutex_);
  flush_posted_ = false;
  // Whoever writes now takes what was gathered meanwhile as well.
  while (!writing_ && !open_->tickets.empty())
    write_gathered(lock, here);
}

void Committer::run_writer() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !open_->tickets.empty(); });
    if (!open_->tickets.empty()) {
      write_gathered(lock, nullptr);
    } else if (on_disk_path_ == 0) {
      return;
    } else {
      changed_.wait(lock);
    }
  }
}

void Committer::write_gathered(std::unique_lock<std::mutex>& lock, const boost::asio::any_io_executor* here) {
  std::swap(open_, written_);
  writing_ = true;
  Group& group = *written_;
  add_counter(group);  // before anybody reads the group as a layer
  const bool refused = failed_;
  lock.unlock();
  const auto status = refused ? rocksdb::Status::Aborted() : write(group);
  Sleepers ready;
  if (status.ok()) watches_.appended(group.appended, ready);
  lock.lock();
  if (!status.ok() && !failed_) {
    failed_ = true;
    base::log(base::LogLevel::kError,
              "store: a write failed ({}); the data folder {} is read-only until restart", status.ToString(),
              database_.folder);
  }
  for (Ticket* ticket : group.tickets) {
    if (!status.ok()) ticket->result = base::fail(StoreError::kWriteRefused);
    ready.push_back(std::move(ticket->who));
  }
  group.clear();
  writing_ = false;
  changed_.notify_all();
  lock.unlock();
  resume_all(std::move(ready), here);
  lock.lock();
}

void Committer::add_counter(Group& group) {
  if (group.appended.empty()) return;
  std::string value;
  append_u64(value, counter_);
  group.batch.Put(database_.handle(Space::kLogs), counter_key(), value);
}

rocksdb::Status Committer::write(Group& group) {
  if (!group.has_writes()) return {};
  rocksdb::WriteOptions options;
  options.sync = options_.durability == Durability::kSync;
  const Overlay& items = group.overlay(Space::kItems);
  database_.values.write_begins(items);
  auto status = database_.db->Write(options, &group.batch);
  database_.values.write_ended(items);
  return status;
}

bool Committer::stop() {
  std::unique_lock lock(mutex_);
  const bool first = !stopping_;
  stopping_ = true;
  changed_.notify_all();
  if (!first) return !failed_;
  changed_.wait(lock, [this] { return on_disk_path_ == 0 && !writing_; });
  while (!open_->tickets.empty() && options_.durability == Durability::kOs)
    write_gathered(lock, nullptr);
  lock.unlock();
  if (writer_.joinable()) writer_.join();
  lock.lock();
  return !failed_;
}

}  // namespace millrace::store
