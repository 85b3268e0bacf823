// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
#include "shapes/dynamodb/batch_get_item.h"

#include <set>

#include "engines/table/item_codec.h"
#include "engines/table/throttle.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kMaxKeys = 100;
constexpr std::size_t kMaxBytes = 16u << 20;

// One table's part of the request.
struct Part {
  std::string_view asked_as;  // the table's name or ARN, as sent
  const KeysAndAttributes* request = nullptr;
  std::optional<table::Projection> projection;
  table::DefinitionPtr table;
  bool held = false;  // the provisioned throughput does not let it in
};

Checked<void> check_keys(const KeysAndAttributes& request, std::size_t& total) {
  std::set<std::string> seen;
  for (const table::Map& key : request.keys) {
    if (auto ok = check_values(key); !ok) return ok;
    table::Map sorted = key;
    std::ranges::sort(sorted.members, {}, &std::pair<std::string, table::Value>::first);
    if (!seen.insert(table::to_json(sorted)).second)
      return refuse("Provided list of item keys contains duplicates");
    if (++total > kMaxKeys) return refuse("Too many items requested for the BatchGetItem call");
  }
  return {};
}

Checked<std::optional<table::Projection>> parse(const KeysAndAttributes& request) {
  if (auto ok = check_mix({{"ProjectionExpression", request.projection_expression.has_value()}},
                          {{"AttributesToGet", request.attributes_to_get.has_value()}},
                          request.expression_attribute_names.has_value(), false);
      !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = check_attributes(request.attributes_to_get); !ok) return base::fail(std::move(ok.error()));
  if (request.attributes_to_get) return parse_attributes(request.attributes_to_get);
  table::Placeholders placeholders = make_placeholders(request.expression_attribute_names, {});
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  auto projection = parse_projection(request.projection_expression, placeholders);
  if (!projection) return projection;
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  return projection;
}

Checked<std::vector<Part>> parse(const BatchGetItemInput& input) {
  if (auto ok = check_not_empty(input.request_items); !ok) return base::fail(std::move(ok.error()));
  std::vector<Part> parts;
  std::size_t total = 0;
  for (const auto& [name, request] : input.request_items) {
    auto projection = parse(request);
    if (!projection) return base::fail(std::move(projection.error()));
    if (auto ok = check_keys(request, total); !ok) return base::fail(std::move(ok.error()));
    parts.push_back({name, &request, std::move(*projection), nullptr});
  }
  return parts;
}

// Puts what was found into the answer, up to the limit; the rest is unprocessed.
class Collector {
 public:
  explicit Collector(const BatchGetItemInput& input) : input_(input) {
    output_.responses.emplace();
    output_.unprocessed_keys.emplace();
    if (input.return_consumed_capacity && *input.return_consumed_capacity != "NONE")
      output_.consumed_capacity.emplace();
  }

  void add(const Part& part, const std::optional<std::string>* found) {
    wire::RawJsonList& items = (*output_.responses)[std::string(part.asked_as)];
    CapacityMeter meter(part.table, input_.return_consumed_capacity);
    const bool consistent = part.request->consistent_read.value_or(false);
    for (std::size_t i = 0; i < part.request->keys.size(); ++i) {
      const std::optional<std::string>& stored = found[i];
      const std::size_t size = stored ? table::stored_size(*stored) : 0;
      if (bytes_ + size > kMaxBytes) {
        postpone(part, i);
        continue;
      }
      bytes_ += size;
      meter.read(size, consistent);
      if (stored) append(part, *stored, items);
    }
    if (output_.consumed_capacity) output_.consumed_capacity->push_back(*meter.result());
  }

  void postpone(const Part& part) {
    (*output_.responses)[std::string(part.asked_as)];
    for (std::size_t i = 0; i < part.request->keys.size(); ++i)
      postpone(part, i);
  }

  BatchGetItemOutput take() { return std::move(output_); }

 private:
  static void append(const Part& part, const std::string& stored, wire::RawJsonList& items) {
    if (!part.projection) {
      items.add(table::stored_json(stored));
    } else if (auto item = table::decode_stored(stored)) {
      table::append_json(items.begin_element(), part.projection->apply(*item));
    }
  }

  void postpone(const Part& part, std::size_t key) {
    auto [at, is_new] = output_.unprocessed_keys->try_emplace(std::string(part.asked_as));
    if (is_new) {
      at->second = *part.request;
      at->second.keys.clear();
    }
    at->second.keys.push_back(part.request->keys[key]);
  }

  const BatchGetItemInput& input_;
  BatchGetItemOutput output_;
  std::size_t bytes_ = 0;
};

}  // namespace

Answer<BatchGetItemOutput> batch_get_item(DynamoDb& service, const wire::RequestContext& context,
                                          BatchGetItemInput input) {
  auto parts = parse(input);
  if (!parts) co_return base::fail(std::move(parts.error()));
  table::Throttle* throttle = service.tables.throttle();
  std::vector<table::TableRead> reads;
  for (Part& part : *parts) {
    auto table = co_await find_table(service, context, part.asked_as);
    if (!table) co_return base::fail(std::move(table.error()));
    part.table = std::move(*table);
    if (auto ok = check_paths(part.projection, *part.table); !ok) co_return base::fail(std::move(ok.error()));
    part.held = throttle && !throttle->admits_read(*part.table, nullptr);
    if (part.held) continue;
    for (const table::Map& key : part.request->keys)
      reads.push_back({part.table, &key, part.request->consistent_read.value_or(false)});
  }
  if (reads.empty()) co_return base::fail(throughput_exceeded());
  auto found = co_await service.tables.items().get_all(std::move(reads));
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  Collector collector(input);
  TableCosts costs;
  const std::optional<std::string>* next = found->data();
  for (const Part& part : *parts) {
    if (part.held) {
      collector.postpone(part);
      continue;
    }
    collector.add(part, next);
    for (std::size_t i = 0; i < part.request->keys.size(); ++i)
      costs.of(*part.table).read_units += table::read_units(next[i] ? table::stored_size(*next[i]) : 0,
                                                            part.request->consistent_read.value_or(false));
    next += part.request->keys.size();
  }
  costs.tell(service, context);
  co_return collector.take();
}

}  // namespace millrace::dynamodb
