// What DynamoDB tells CloudWatch of its tables: namespace AWS/DynamoDB, dimensions TableName, Operation, GlobalSecondaryIndexName.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
//
// Requests count in memory of their own thread (a lock that nobody else holds, three additions); run() moves the sums to the metric store
// each second. Threads: any. What it is given must outlive it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "engines/table/table_definition.h"
#include "engines/telemetry/metric_store.h"
#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

// What one request took from one table.
struct TableCost {
  double read_units = 0;
  double write_units = 0;
  std::optional<std::size_t> returned;  // items, of Query and Scan
  std::string_view index;               // a global index that was read
  double index_read_units = 0;
};

class TableMeters {
 public:
  struct World {
    telemetry::MetricStore& metrics;
    base::Clock& clock;
    base::Registry& registry;  // requests that were refused are counted there
    std::string account;       // UserErrors have no table: they are this account's and region's
    std::string region;
  };
  explicit TableMeters(World world);
  ~TableMeters();

  void succeeded(const table::TableDefinition& table, const wire::RequestContext& context,
                 const TableCost& cost);
  void failed(const table::TableDefinition& table, const wire::RequestContext& context,
              std::string_view error_code);
  void expired(const table::TableDefinition& table, std::size_t items);  // deleted by time to live

  base::Task<> run();
  void stop() { stopped_ = true; }
  void flush();

 private:
  struct Shard;
  Shard& shard();
  void count_user_errors(base::WallTime now);

  World world_;
  const std::uint64_t serial_;  // tells the meters of one server from another's, for what threads remember
  std::mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_;  // guarded by mutex_; one a thread
  std::vector<base::Counter*> refused_;         // of each operation; flush() only
  std::uint64_t refused_before_ = 0;            // flush() only
  std::uint64_t not_user_errors_ = 0;           // flush() only; conditions and throttles
  std::atomic<bool> stopped_{false};
};

// Of a request on several tables, each once. The tables must outlive it.
class TableCosts {
 public:
  TableCost& of(const table::TableDefinition& table) { return costs_[&table]; }
  void tell(DynamoDb& service, const wire::RequestContext& context) const;

 private:
  std::map<const table::TableDefinition*, TableCost> costs_;
};

// Counts nothing when the server has no meters.
void meter(DynamoDb& service, const wire::RequestContext& context, const table::TableDefinition& table,
           const TableCost& cost);
// The error, counted.
wire::ServiceError metered(DynamoDb& service, const wire::RequestContext& context,
                           const table::TableDefinition& table, wire::ServiceError error);

}  // namespace millrace::dynamodb
