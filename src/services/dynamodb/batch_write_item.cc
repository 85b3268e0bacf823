// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
#include "shapes/dynamodb/batch_write_item.h"

#include <map>
#include <set>

#include "engines/table/item_size.h"
#include "engines/table/table_keys.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kMaxRequests = 25;

Checked<void> check(const BatchWriteItemInput& input) {
  if (auto ok = check_not_empty(input.request_items); !ok) return ok;
  std::size_t total = 0;
  for (const auto& [name, requests] : input.request_items) {
    for (const WriteRequest& request : requests) {
      if (request.put_request.has_value() == request.delete_request.has_value())
        return refuse(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
            "supported datatypes");
      const table::Item& item = request.put_request ? request.put_request->item : request.delete_request->key;
      if (auto ok = check_values(item); !ok) return ok;
      if (request.put_request && table::item_size(item) > table::kMaxItemSize)
        return refuse("Item size has exceeded the maximum allowed size");
      if (++total > kMaxRequests) return refuse("Too many items requested for the BatchWriteItem call");
    }
  }
  return {};
}

table::ItemWrite to_write(const WriteRequest& request) {
  table::ItemWrite write;
  write.kind = request.put_request ? table::WriteKind::kPut : table::WriteKind::kDelete;
  write.item = request.put_request ? &request.put_request->item : &request.delete_request->key;
  return write;
}

// AWS has one message for all that may be wrong with a key here.
std::string batch_message(std::string message) {
  if (message.find("Missing the key") != std::string::npos ||
      message.find("Type mismatch for key") != std::string::npos)
    return "The provided key element does not match the schema";
  return message;
}

Checked<void> check_against(const table::TableDefinition& table, const std::vector<WriteRequest>& requests) {
  std::set<std::string> seen;
  for (const WriteRequest& request : requests) {
    const table::ItemWrite write = to_write(request);
    if (auto ok = table::check_write(table, write); !ok)
      return refuse(batch_message(std::move(ok.error().message)));
    if (!seen.insert(table::item_key(table, *write.item)).second)
      return refuse("Provided list of item keys contains duplicates");
  }
  return {};
}

// The tables, in the order of the request: takes those out of both that the provisioned throughput does not let in.
using Requests = decltype(BatchWriteItemInput::request_items);
Requests take_held(table::Throttle& throttle, std::vector<table::DefinitionPtr>& tables, Requests& requests) {
  Requests held;
  auto next = requests.begin();
  std::erase_if(tables, [&](const table::DefinitionPtr& table) {
    const auto one = next++;
    if (throttle.admits_write(*table)) return false;
    held.insert(requests.extract(one));
    return true;
  });
  return held;
}

BatchWriteItemOutput make_output(const BatchWriteItemInput& input,
                                 const std::vector<table::WriteOutcome>& writes) {
  BatchWriteItemOutput output;
  output.unprocessed_items.emplace();
  const bool wants_capacity = input.return_consumed_capacity && *input.return_consumed_capacity != "NONE";
  const bool wants_metrics = input.return_item_collection_metrics == "SIZE";
  if (wants_capacity) output.consumed_capacity.emplace();
  std::size_t next = 0;
  for (const auto& [name, requests] : input.request_items) {
    CapacityMeter meter(writes[next].table, input.return_consumed_capacity);
    for (const WriteRequest& request : requests) {
      const table::WriteOutcome& done = writes[next++];
      meter.write(done);
      auto metrics =
          collection_metrics(*done.table, *to_write(request).item, input.return_item_collection_metrics);
      if (!wants_metrics || !metrics) continue;
      if (!output.item_collection_metrics) output.item_collection_metrics.emplace();
      (*output.item_collection_metrics)[name].push_back(std::move(*metrics));
    }
    if (wants_capacity) output.consumed_capacity->push_back(*meter.result());
  }
  return output;
}

}  // namespace

Answer<BatchWriteItemOutput> batch_write_item(DynamoDb& service, const wire::RequestContext& context,
                                              BatchWriteItemInput input) {
  if (auto ok = check(input); !ok) co_return base::fail(std::move(ok.error()));
  std::vector<table::DefinitionPtr> tables;
  for (const auto& [name, requests] : input.request_items) {
    auto table = co_await find_table(service, context, name);
    if (!table) co_return base::fail(std::move(table.error()));
    if (auto ok = check_against(**table, requests); !ok) co_return base::fail(std::move(ok.error()));
    tables.push_back(std::move(*table));
  }
  Requests held;
  if (table::Throttle* throttle = service.tables.throttle())
    held = take_held(*throttle, tables, input.request_items);
  if (tables.empty()) co_return base::fail(throughput_exceeded());
  std::vector<table::TableWrite> writes;
  auto table = tables.begin();
  for (const auto& [name, requests] : input.request_items) {
    for (const WriteRequest& request : requests)
      writes.push_back({*table, to_write(request)});
    ++table;
  }
  // One commit for all: AWS promises less.
  auto done = co_await service.tables.items().write_all(std::move(writes), table::Items::Refusals::kFirst);
  if (!done) co_return base::fail(to_service_error(std::move(done.error())));
  TableCosts costs;
  for (const table::WriteOutcome& write : done->writes)
    costs.of(*write.table).write_units += write_units_of(write);
  costs.tell(service, context);
  auto output = make_output(input, done->writes);
  output.unprocessed_items = std::move(held);
  co_return output;
}

}  // namespace millrace::dynamodb
