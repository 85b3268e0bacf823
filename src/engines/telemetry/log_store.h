// LogStore: what functions print, kept by log group and stream, bounded in size, for CloudWatch Logs and the console.
//
// append() never waits and never fails: events go to memory and reach the store in batches, off every request's path
// (at most `flush_interval` later, or when a batch is full). A crash loses at most that. When events come faster than the
// store takes them, the newest are dropped and counted.
//
// Threads: append() any; run() and flush() on the owner's executor; queries any. Store and Clock must outlive it.
// Layout: docs/formats/telemetry.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/experimental/concurrent_channel.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace millrace::telemetry {

struct GroupKey {
  std::string account;
  std::string region;
  std::string name;  // "/aws/lambda/f"
  auto operator<=>(const GroupKey&) const = default;
};

struct LogEvent {
  std::string stream;
  std::string request_id;  // empty: not part of an invocation
  std::string message;     // over kMessageLimit is cut
  base::WallTime time;
  base::WallTime ingested;
  std::uint64_t serial = 0;  // given when it is stored; orders events of equal time
};
// Where an event stands within its group: unique, and the order in which events are given.
struct EventPosition {
  std::uint64_t micros = 0;
  std::uint64_t serial = 0;
  auto operator<=>(const EventPosition&) const = default;
};
EventPosition position_of(const LogEvent& event);
// What append() keeps of one message: CloudWatch Logs' older limit, without its 26 bytes of overhead.
constexpr std::size_t kMessageLimit = 262144 - 26;

struct LogStoreOptions {
  std::chrono::milliseconds flush_interval{200};
  std::size_t batch_bytes = 512u << 10;
  std::size_t waiting_bytes = 32u << 20;  // in memory; more is dropped
  std::size_t group_bytes = 64u << 20;    // kept per group; the oldest quarter goes when it is passed
};

struct LogQuery {
  GroupKey group;
  std::optional<std::string> stream;   // nullopt: all
  std::optional<base::WallTime> from;  // inclusive
  std::optional<base::WallTime> to;    // exclusive
  std::string request_id;              // empty: all
  std::size_t limit = 10000;
  bool newest =
      false;  // the last `limit` of the range instead of the first; the order is by time all the same
  std::optional<EventPosition> after;                // exclusive
  std::optional<EventPosition> before;               // exclusive
  std::function<bool(const LogEvent&)> accept = {};  // empty: all. Pure; may run again, on another thread
  std::size_t scan_bytes = std::size_t{1} << 40;     // stop after so much was looked at
};

struct LogPage {
  std::vector<LogEvent> events;
  // Where the scan stopped before the end of its range (at a limit); nullopt: all was seen. The event there was looked at.
  std::optional<EventPosition> stopped_at;
  std::uint64_t scanned_events = 0;
  std::uint64_t scanned_bytes = 0;
};

struct StreamInfo {
  std::string name;
  base::WallTime first;  // of the events
  base::WallTime last;
  base::WallTime created{};
  base::WallTime ingested{};  // when the last one came
  bool empty() const { return last < first; }
};

struct GroupInfo {
  GroupKey key;
  base::WallTime created{};
  std::uint32_t retention_days = 0;  // 0: for ever
  bool deletion_protection = false;
  std::string group_class = "STANDARD";
  std::string kms_key_id;
  std::map<std::string, std::string, std::less<>> tags;
  std::uint64_t stored_bytes = 0;  // of its events; not written by who changes a group
};

struct StoredEvent {
  const GroupKey& group;
  const LogEvent& event;
};
// Hears of events once they are in the store: live tails, subscriptions. Called from any thread, with all that was written together;
// it must neither wait nor call the LogStore.
class LogTap {
 public:
  virtual ~LogTap() = default;
  virtual void stored(const std::vector<StoredEvent>& events) = 0;
};

enum class LogOutcome { kDone, kNoGroup, kNoStream, kExists };

class LogStore {
 public:
  LogStore(store::Store& store, base::Clock& clock, LogStoreOptions options = {});

  void append(GroupKey group, LogEvent event);
  // Writes batches until stop(); then writes what is left and completes. Spawn once.
  base::Task<> run();
  void stop();
  // Completes when all that was appended before is in the store (or was refused by it).
  base::Task<> flush();

  // Sees everything appended before the call.
  base::Task<base::Result<std::vector<LogEvent>, store::StoreError>> query(LogQuery query);
  base::Task<base::Result<std::vector<StreamInfo>, store::StoreError>> streams(GroupKey group);
  base::Task<base::Result<std::vector<GroupKey>, store::StoreError>> groups(std::string account,
                                                                            std::string region);
  base::Task<base::Result<void, store::StoreError>> erase(GroupKey group);

  // As query(), and says where it stopped.
  base::Task<base::Result<LogPage, store::StoreError>> page(LogQuery query);
  // Durable when it completes, unlike append(). kNoGroup, kNoStream.
  using Outcome = base::Result<LogOutcome, store::StoreError>;
  base::Task<Outcome> put(GroupKey group, std::string stream, std::vector<LogEvent> events);
  base::Task<Outcome> create_group(GroupInfo info);  // kExists
  base::Task<base::Result<std::optional<GroupInfo>, store::StoreError>> find_group(GroupKey group);
  base::Task<base::Result<std::vector<GroupInfo>, store::StoreError>> list_groups(std::string account,
                                                                                  std::string region);
  // `edit` is pure and may run again. kNoGroup.
  base::Task<Outcome> change_group(GroupKey group, std::function<void(GroupInfo&)> edit);
  base::Task<Outcome> create_stream(GroupKey group, std::string stream);  // kNoGroup, kExists
  base::Task<Outcome> erase_stream(GroupKey group, std::string stream);   // kNoGroup, kNoStream
  // Forgets the events of every group that are older than its retention.
  base::Task<> expire();

  std::uint64_t dropped() const;

  // Until untap(); a call that began before may still end after it, which is why taps are shared.
  void tap(std::shared_ptr<LogTap> tap);
  void untap(const LogTap* tap);

 private:
  struct Waiting {
    GroupKey group;
    LogEvent event;
  };
  // Told once, when no batch is on its way any more.
  using Written = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  std::vector<Waiting> take_batch();
  base::Task<bool> write_batch();  // false: nothing waited
  using Taps = std::vector<std::shared_ptr<LogTap>>;
  std::shared_ptr<const Taps> taps() const;  // null when there are none
  base::Task<Outcome> find_stream(GroupKey group, std::string stream);
  base::Task<> trim(GroupKey group);
  // Forgets events up to `end` (a key, exclusive) of which `removed` bytes are kept.
  base::Task<> remove_events(GroupKey group, std::string end, std::uint64_t removed);
  base::Task<> expire_group(GroupInfo group);
  std::uint64_t take_serials(std::size_t count);

  store::Store& store_;
  base::Clock& clock_;
  LogStoreOptions options_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;    // guarded by mutex_
  std::size_t waiting_bytes_ = 0;  // guarded by mutex_
  std::uint64_t dropped_ = 0;      // guarded by mutex_
  std::uint64_t next_serial_;      // guarded by mutex_; orders events of one microsecond
  std::size_t writing_ = 0;        // guarded by mutex_; batches taken and not yet in the store
  std::vector<std::shared_ptr<Written>> flushing_;  // guarded by mutex_
  std::shared_ptr<const Taps> taps_;                // guarded by mutex_; replaced, never changed
  bool stopped_ = false;                            // guarded by mutex_
};

}  // namespace millrace::telemetry
