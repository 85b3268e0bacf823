#include "services/dynamodb/table_meters.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace millrace::dynamodb {
namespace {

using telemetry::Aggregate;
using telemetry::Dimensions;

struct OperationCounts {
  std::string_view name;  // a literal of the operation table
  Aggregate latency;      // milliseconds
  Aggregate returned;
  double throttled = 0;
  double system_errors = 0;
};

struct TableCounts {
  table::TableName name;
  std::vector<OperationCounts> operations;
  Aggregate read_units;
  Aggregate write_units;
  std::vector<std::pair<std::string, Aggregate>> index_read_units;
  double conditions_failed = 0;
  double read_throttles = 0;
  double write_throttles = 0;
  double expired = 0;

  OperationCounts& operation(std::string_view wanted) {
    for (OperationCounts& known : operations) {
      if (known.name.data() == wanted.data() || known.name == wanted) return known;
    }
    return operations.emplace_back(OperationCounts{wanted, {}, {}, 0, 0});
  }
};

// Milliseconds with two digits: so few different values that adding one costs next to nothing, and percentiles are right to a hundredth.
double rounded_millis(std::chrono::microseconds took) {
  const std::int64_t micros = std::max<std::int64_t>(took.count(), 0);
  std::int64_t digit = 1;
  while (micros >= 100 * digit)
    digit *= 10;
  return static_cast<double>((micros + digit / 2) / digit * digit) / 1000;
}

bool is_read(std::string_view operation) {
  return operation.find("Get") != std::string_view::npos || operation == "Query" || operation == "Scan";
}

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> serial{0};
  return ++serial;
}

}  // namespace

struct TableMeters::Shard {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, TableCounts> tables;  // by id; guarded by mutex

  TableCounts& of(const table::TableDefinition& table) {
    TableCounts& counts = tables[table.id];
    if (counts.name.name.empty()) counts.name = table.name;
    return counts;
  }
};

TableMeters::TableMeters(World world) : world_(std::move(world)), serial_(next_serial()) {}
TableMeters::~TableMeters() = default;

TableMeters::Shard& TableMeters::shard() {
  thread_local std::uint64_t of = 0;
  thread_local Shard* mine = nullptr;
  if (of != serial_) {
    std::lock_guard lock(mutex_);
    mine = shards_.emplace_back(std::make_unique<Shard>()).get();
    of = serial_;
  }
  return *mine;
}

void TableMeters::succeeded(const table::TableDefinition& table, const wire::RequestContext& context,
                            const TableCost& cost) {
  const double took = rounded_millis(world_.clock.now() - context.now);
  Shard& mine = shard();
  std::lock_guard lock(mine.mutex);
  TableCounts& counts = mine.of(table);
  OperationCounts& operation = counts.operation(context.operation);
  operation.latency.add(took);
  if (cost.returned) operation.returned.add(static_cast<double>(*cost.returned));
  if (cost.read_units > 0) counts.read_units.add(cost.read_units);
  if (cost.write_units > 0) counts.write_units.add(cost.write_units);
  if (cost.index.empty()) return;
  for (auto& [name, units] : counts.index_read_units) {
    if (name == cost.index) return units.add(cost.index_read_units);
  }
  counts.index_read_units.emplace_back(cost.index, Aggregate{}).second.add(cost.index_read_units);
}

void TableMeters::failed(const table::TableDefinition& table, const wire::RequestContext& context,
                         std::string_view code) {
  Shard& mine = shard();
  std::lock_guard lock(mine.mutex);
  TableCounts& counts = mine.of(table);
  if (code == "ConditionalCheckFailedException") ++counts.conditions_failed;
  if (code == "InternalServerError") ++counts.operation(context.operation).system_errors;
  if (code != "ProvisionedThroughputExceededException" && code != "ThrottlingException") return;
  ++counts.operation(context.operation).throttled;
  ++(is_read(context.operation) ? counts.read_throttles : counts.write_throttles);
}

void TableMeters::expired(const table::TableDefinition& table, std::size_t items) {
  Shard& mine = shard();
  std::lock_guard lock(mine.mutex);
  mine.of(table).expired += static_cast<double>(items);
}

namespace {

// One table's sums, told to the metric store.
class Telling {
 public:
  Telling(telemetry::MetricStore& metrics, const TableCounts& counts, base::WallTime now)
      : metrics_(metrics), counts_(counts), now_(now) {}

  void tell() {
    const Dimensions table{{"TableName", counts_.name.name}};
    values("ConsumedReadCapacityUnits", table, counts_.read_units, "Count");
    values("ConsumedWriteCapacityUnits", table, counts_.write_units, "Count");
    for (const auto& [index, units] : counts_.index_read_units)
      values("ConsumedReadCapacityUnits", {{"GlobalSecondaryIndexName", index}, table[0]}, units, "Count");
    count("ConditionalCheckFailedRequests", table, counts_.conditions_failed);
    count("ReadThrottleEvents", table, counts_.read_throttles);
    count("WriteThrottleEvents", table, counts_.write_throttles);
    count("TimeToLiveDeletedItemCount", table, counts_.expired);
    for (const OperationCounts& operation : counts_.operations) {
      const Dimensions both{{"Operation", std::string(operation.name)}, table[0]};
      values("SuccessfulRequestLatency", both, operation.latency, "Milliseconds");
      values("ReturnedItemCount", both, operation.returned, "Count");
      count("ThrottledRequests", both, operation.throttled);
      count("SystemErrors", both, operation.system_errors);
    }
  }

 private:
  void values(std::string name, Dimensions dimensions, const Aggregate& aggregate, std::string unit) {
    if (aggregate.empty()) return;
    telemetry::MetricKey key{counts_.name.account, counts_.name.region, "AWS/DynamoDB", std::move(name),
                             std::move(dimensions)};
    metrics_.record({std::move(key), std::move(unit), now_, aggregate, true});
  }
  // So many events of one each.
  void count(std::string name, const Dimensions& dimensions, double times) {
    Aggregate ones;
    ones.add(1, times);
    values(std::move(name), dimensions, ones, "Count");
  }

  telemetry::MetricStore& metrics_;
  const TableCounts& counts_;
  base::WallTime now_;
};

}  // namespace

void TableMeters::flush() {
  const base::WallTime now = world_.clock.now();
  std::vector<Shard*> shards;
  {
    std::lock_guard lock(mutex_);
    for (const auto& shard : shards_)
      shards.push_back(shard.get());
  }
  for (Shard* shard : shards) {
    std::unordered_map<std::uint64_t, TableCounts> tables;
    {
      std::lock_guard lock(shard->mutex);
      tables.swap(shard->tables);
    }
    for (const auto& [id, counts] : tables) {
      Telling(world_.metrics, counts, now).tell();
      not_user_errors_ += static_cast<std::uint64_t>(counts.conditions_failed + counts.read_throttles +
                                                     counts.write_throttles);
    }
  }
  count_user_errors(now);
}

// Every answer of the 400s but failed conditions and throttles, of which dispatch keeps count.
void TableMeters::count_user_errors(base::WallTime now) {
  if (refused_.empty()) {
    for (const std::string_view operation :
         {"BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan",
          "TransactGetItems", "TransactWriteItems", "UpdateItem", "DescribeTable", "CreateTable",
          "DeleteTable", "UpdateTable", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
          "other"}) {
      const std::string labels =
          fmt::format("service=\"dynamodb\",operation=\"{}\",outcome=\"client_error\"", operation);
      refused_.push_back(&world_.registry.counter("requests_total", labels, "API requests"));
    }
  }
  std::uint64_t refused = 0;
  for (const base::Counter* counter : refused_)
    refused += counter->value();
  const std::uint64_t known = refused_before_ + not_user_errors_;
  if (refused <= known) return;  // a condition's answer may be counted a moment later
  telemetry::Sample sample;
  sample.key = {world_.account, world_.region, "AWS/DynamoDB", "UserErrors", {}};
  sample.unit = "Count";
  sample.time = now;
  sample.fine = true;
  sample.values.add(1, static_cast<double>(refused - known));
  refused_before_ = refused;
  not_user_errors_ = 0;
  world_.metrics.record(std::move(sample));
}

base::Task<> TableMeters::run() {
  while (!stopped_) {
    co_await world_.clock.sleep_for(std::chrono::seconds(1));
    flush();
  }
}

void TableCosts::tell(DynamoDb& service, const wire::RequestContext& context) const {
  for (const auto& [table, cost] : costs_)
    meter(service, context, *table, cost);
}

void meter(DynamoDb& service, const wire::RequestContext& context, const table::TableDefinition& table,
           const TableCost& cost) {
  if (service.meters != nullptr) service.meters->succeeded(table, context, cost);
}

wire::ServiceError metered(DynamoDb& service, const wire::RequestContext& context,
                           const table::TableDefinition& table, wire::ServiceError error) {
  if (service.meters != nullptr) service.meters->failed(table, context, error.code);
  return error;
}

}  // namespace millrace::dynamodb
