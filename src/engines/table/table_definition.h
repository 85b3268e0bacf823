// What a table is: its names, keys, indexes, settings. Immutable once published (DefinitionPtr); a change makes a new
// version. Plain data; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engines/stream/stream.h"
#include "engines/table/expression.h"
#include "engines/table/item_validation.h"
#include "engines/table/key_codec.h"

namespace millrace::table {

using TableId = std::uint64_t;  // given at creation, never reused
using IndexId = std::uint64_t;  // from the same counter

// A table's name in its world.
struct TableName {
  std::string account;
  std::string region;
  std::string name;
  bool operator==(const TableName&) const = default;
};

// A table and a local index have one partition attribute and at most one sort attribute. A global index may have more of
// both (multi-attribute keys): `more_*` hold what follows the first.
struct KeySchema {
  KeyAttribute partition;
  std::optional<KeyAttribute> sort;
  std::vector<KeyAttribute> more_partition;
  std::vector<KeyAttribute> more_sort;  // empty without `sort`
  KeySchemaView view() const;           // of this schema, which must outlive it
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  const KeyAttribute* find(std::string_view attribute) const;
  bool is_multi_attribute() const { return !more_partition.empty() || !more_sort.empty(); }
  std::size_t size() const { return 1 + more_partition.size() + (sort ? 1 : 0) + more_sort.size(); }
  // In the order of the schema, partition attributes first: visit(attribute, is_partition).
  template <class Visit>
  void each(Visit visit) const {
    visit(partition, true);
    for (const KeyAttribute& one : more_partition)
      visit(one, true);
    if (sort) visit(*sort, false);
    for (const KeyAttribute& one : more_sort)
      visit(one, false);
  }
};

struct Throughput {
  std::int64_t read = 0;
  std::int64_t write = 0;
  base::WallTime last_increase{};  // epoch: never
  base::WallTime last_decrease{};
  std::uint32_t decreases = 0;  // on the UTC day of the last one
  std::uint32_t decreases_today(base::WallTime now) const;
};

enum class ProjectionType : std::uint8_t { kAll, kKeysOnly, kInclude };
enum class IndexStatus : std::uint8_t { kCreating, kActive };

struct IndexDefinition {
  IndexId id = 0;
  std::string name;
  bool global = true;
  KeySchema keys;
  ProjectionType projection = ProjectionType::kAll;
  std::vector<std::string> non_key_attributes;
  IndexStatus status = IndexStatus::kActive;
  Throughput throughput;  // global ones
  // Entries with equal keys are in the order of a hash of the table's key, as AWS gives them. Not so in indexes from before this was
  // known. Global ones.
  bool hashed_ties = true;
  // Whether entries of this index hold the attribute.
  bool projects(std::string_view attribute, const KeySchema& table_keys) const;
};

enum class StreamView : std::uint8_t { kKeysOnly, kNewImage, kOldImage, kNewAndOldImages };
std::string_view stream_view_name(StreamView view);  // "NEW_IMAGE"
std::optional<StreamView> parse_stream_view(std::string_view name);

// The table's newest stream; disabled ones keep their label and ARN here until another is enabled.
struct TableStream {
  stream::Handle handle;
  std::string label;  // "2026-11-21T01:45:00.123"
  StreamView view = StreamView::kKeysOnly;
  bool enabled = false;
};

struct TimeToLive {
  std::string attribute;
  bool enabled = false;
  bool backfilled = false;  // items from before it was enabled have their expiry entries
};

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
struct PointInTimeRecovery {
  bool enabled = false;
  base::WallTime since{};  // when it was switched on
  std::int32_t days = 35;  // how far back
};

enum class BillingMode : std::uint8_t { kProvisioned, kPayPerRequest };

struct DefinitionChanges;  // change_counts.h

struct TableDefinition {
  TableId id = 0;
  std::uint64_t version = 0;  // grows with every change
  TableName name;
  std::string uuid;  // TableId of the API
  base::WallTime created{};
  std::vector<KeyAttribute> attributes;  // AttributeDefinitions, in the order given
  KeySchema keys;
  std::vector<IndexDefinition> indexes;  // global ones first
  BillingMode billing = BillingMode::kProvisioned;
  bool billing_named = false;  // BillingModeSummary is shown
  base::WallTime pay_per_request_since{};
  Throughput throughput;
  std::optional<TableStream> stream;
  TimeToLive ttl;
  PointInTimeRecovery recovery;
  std::uint32_t copies = 0;  // copies under way that read this table as it was at some time
  bool creating = false;     // being restored: nobody reads or writes its items yet
  bool deletion_protection = false;
  std::map<std::string, std::string> tags;
  // Settings that are kept and shown and change nothing here: name of the API's member to ready JSON.
  std::map<std::string, std::string> settings;

  const IndexDefinition* find_index(std::string_view index_name) const;
  bool has_local_indexes() const;
  // Writes keep what they replace (history.h).
  bool keeps_history() const { return recovery.enabled || copies > 0; }
  // Key attributes of all indexes, for the checks of items. Views into this definition.
  const std::vector<IndexKeyAttribute>& index_keys() const { return index_keys_; }
  std::string arn() const;         // arn:aws:dynamodb:<region>:<account>:table/<name>
  std::string stream_arn() const;  // of `stream`, which must be there
  // Call once after the last change, before publishing.
  void seal();
  // Before publishing: this was read when `seen` changes had begun and none was in progress.
  void watch(std::shared_ptr<const DefinitionChanges> changes, std::uint64_t seen);
  // True: no change of this table has begun since. False says nothing; the store knows (is_current). Any thread.
  bool surely_current() const;

 private:
  std::shared_ptr<const DefinitionChanges> changes_;
  std::uint64_t changes_seen_ = 0;
  std::vector<IndexKeyAttribute> index_keys_;
};
using DefinitionPtr = std::shared_ptr<const TableDefinition>;

// docs/formats/table.md. Decoding answers null when the bytes are no definition.
std::string encode_definition(const TableDefinition& definition);
std::shared_ptr<TableDefinition> decode_definition(std::string_view bytes);

// Items and bytes of a table and of each of its indexes.
struct Counters {
  std::int64_t items = 0;
  std::int64_t bytes = 0;
};
struct TableCounters {
  Counters table;
  std::map<IndexId, Counters> indexes;
};
std::string encode_counters(const TableCounters& counters);
TableCounters decode_counters(std::string_view bytes);

}  // namespace millrace::table
