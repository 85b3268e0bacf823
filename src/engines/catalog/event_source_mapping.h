// Event source mappings as records: what connects a stream to a function, with every setting, and how far its consumers have
// come. The Lambda API changes them here; src/triggers follows them and does the work.
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
//
// Each change appends the mapping's UUID to mapping_changes_log() in the same commit, so that who follows it misses none.
// Whoever validates requests does that before: values here are taken as they are. Any thread; the store, clock and randomness
// must outlive the object.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace millrace::catalog {

enum class StartingPosition : std::uint8_t { kTrimHorizon, kLatest, kAtTimestamp };

// As GetEventSourceMapping shows it. Creating, Updating, Enabling, Disabling and Deleting last until src/triggers followed.
enum class MappingState : std::uint8_t {
  kCreating,
  kEnabling,
  kEnabled,
  kDisabling,
  kDisabled,
  kUpdating,
  kDeleting
};
std::string_view state_name(MappingState state);  // "Creating"

// The settings that create and update share, with AWS's defaults for streams.
struct MappingSettings {
  std::uint32_t batch_size = 100;
  std::uint32_t batching_window_seconds = 0;
  std::uint32_t parallelization_factor = 1;
  std::int32_t maximum_record_age_seconds = -1;  // -1: as long as the stream keeps records
  std::int32_t maximum_retry_attempts = -1;      // -1: without end
  bool bisect_on_error = false;
  bool report_batch_item_failures = false;
  std::uint32_t tumbling_window_seconds = 0;
  std::string on_failure_destination;  // ARN, or empty
  std::vector<std::string> filters;    // patterns, JSON; none: everything passes
  bool operator==(const MappingSettings&) const = default;
};

struct EventSourceMapping {
  std::string uuid;
  std::string account;
  std::string region;
  std::string event_source_arn;
  std::string function_arn;  // qualified when a version or alias was asked for
  StartingPosition starting_position = StartingPosition::kLatest;
  std::optional<base::WallTime> starting_timestamp;
  MappingSettings settings;
  bool enabled = true;  // what was asked for; `state` follows
  MappingState state = MappingState::kCreating;
  std::string state_reason = "USER_INITIATED";  // StateTransitionReason
  base::WallTime last_modified{};
  std::map<std::string, std::string> tags;
  std::uint64_t version = 0;       // grows with every change of the record
  store::Sequence created_at = 0;  // the store's sequence at creation: where LATEST begins
  std::string last_processing_result = "No records processed";

  std::string arn() const;  // arn:aws:lambda:<region>:<account>:event-source-mapping:<uuid>
};

enum class MappingErrorKind {
  kNotFound,
  kExists,  // the source and the function are connected already; `uuid` says by which
  kInUse,   // being deleted, or changed by somebody else at the same time: ResourceInUseException
  kStore,
};
struct MappingError {
  MappingErrorKind kind = MappingErrorKind::kStore;
  store::StoreError store = store::StoreError::kIo;
  std::string uuid;
};
template <class T>
using MappingResult = base::Result<T, MappingError>;

class EventSourceMappings {
 public:
  EventSourceMappings(store::Store& store, base::Clock& clock, base::Random& random)
      : store_(store), clock_(clock), random_(random) {}

  // Gives uuid, state, version, created_at and last_modified. kExists.
  base::Task<MappingResult<EventSourceMapping>> create(EventSourceMapping mapping);
  // kNotFound.
  base::Task<MappingResult<EventSourceMapping>> find(std::string account, std::string region,
                                                     std::string uuid);

  struct ListRequest {
    std::string account;
    std::string region;
    std::string event_source_arn;  // empty: any
    std::string function_arn;      // empty: any; unqualified matches that function unqualified only
    std::string after;             // uuid, exclusive
    std::size_t limit = 100;
  };
  // In the order of their UUIDs.
  base::Task<MappingResult<std::vector<EventSourceMapping>>> list(ListRequest request);

  // `edit` changes settings, function_arn or enabled of the newest record; pure, may run again. The state becomes Updating,
  // Enabling or Disabling. kNotFound, kInUse, kExists (the function was changed to one that is connected).
  using Edit = std::function<void(EventSourceMapping&)>;
  base::Task<MappingResult<EventSourceMapping>> update(std::string account, std::string region,
                                                       std::string uuid, Edit edit);
  // The state becomes Deleting; src/triggers removes the record when its consumers have ended. kNotFound, kInUse.
  base::Task<MappingResult<EventSourceMapping>> remove(std::string account, std::string region,
                                                       std::string uuid);

  // For src/triggers ------------------------------------------------------------------------------------------------
  // Of all accounts and regions.
  base::Task<MappingResult<std::vector<EventSourceMapping>>> all();
  // The transition that `seen` asked for was followed: Creating becomes Enabled or Disabled, and so on; Deleting goes away
  // with its positions. False: the record changed meanwhile, look again.
  base::Task<MappingResult<bool>> settle(EventSourceMapping seen);
  base::Task<MappingResult<void>> set_last_result(std::string uuid, std::string result);
  // Where the mapping's consumer of this shard goes on; nullopt before its first advance().
  base::Task<MappingResult<std::optional<store::Sequence>>> position(std::string uuid, store::LogId shard);
  // Records up to `position` are dealt with. Never moves back. False: the mapping is gone.
  base::Task<MappingResult<bool>> advance(std::string uuid, store::LogId shard, store::Sequence position);
  // What the lanes of this shard keep of their tumbling windows, by lane; src/triggers writes and reads the bytes.
  base::Task<MappingResult<std::map<std::uint32_t, std::string>>> windows(std::string uuid,
                                                                          store::LogId shard);
  // nullopt forgets it. False: the mapping is gone.
  base::Task<MappingResult<bool>> put_window(std::string uuid, store::LogId shard, std::uint32_t lane,
                                             std::optional<std::string> bytes);
  // Forgets positions and windows of all shards but these: the others are no more.
  base::Task<MappingResult<void>> keep_shards(std::string uuid, std::vector<store::LogId> shards);
  // UUIDs of the mappings changed after `seen`, which moves to the last of them; waits until there is one. Ends early,
  // with none, when the awaiting task is cancelled.
  base::Task<MappingResult<std::vector<std::string>>> wait_for_changes(store::Sequence& seen);
  // Where wait_for_changes() begins for who reads all() afterwards.
  base::Task<MappingResult<store::Sequence>> changes_seen();

 private:
  store::Store& store_;
  base::Clock& clock_;
  base::Random& random_;
};

// Holds the UUID of each changed mapping.
store::LogId mapping_changes_log();

// The position of a mapping's consumer in one shard (a log of engines/stream): records up to it need not be seen again.
std::string position_key(std::string_view uuid, store::LogId shard);
std::string encode_position(store::Sequence position);
std::optional<store::Sequence> decode_position(std::string_view bytes);

}  // namespace millrace::catalog
