// Table definitions and counters as bytes: docs/formats/table.md.
#include <algorithm>

#include <simdjson.h>

#include "engines/table/item_codec.h"
#include "engines/table/table_definition.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kProjections[] = {"ALL", "KEYS_ONLY", "INCLUDE"};

// --- writing

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }
  std::string& member(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_string(member(name), value); }
  void number(std::string_view name, std::int64_t value) { member(name) += std::to_string(value); }
  void flag(std::string_view name, bool value) {
    if (value) member(name) += "true";
  }
  void time(std::string_view name, base::WallTime value) {
    if (value != base::WallTime{}) number(name, value.time_since_epoch().count());
  }

 private:
  std::string& out_;
};

void write_attribute(std::string& out, const KeyAttribute& attribute) {
  Writer writer(out);
  writer.text("name", attribute.name);
  writer.text("type", key_type_name(attribute.type));
  writer.end();
}

void write_keys(std::string& out, const KeySchema& keys) {
  out += '[';
  keys.each([&out](const KeyAttribute& key, bool) {
    if (out.back() != '[') out += ',';
    write_attribute(out, key);
  });
  out += ']';
}

void write_throughput(std::string& out, const Throughput& throughput) {
  Writer writer(out);
  writer.number("read", throughput.read);
  writer.number("write", throughput.write);
  writer.time("increased", throughput.last_increase);
  writer.time("decreased", throughput.last_decrease);
  writer.number("decreases", throughput.decreases);
  writer.end();
}

template <class Range, class Write>
void write_list(std::string& out, const Range& range, Write write) {
  out += '[';
  bool first = true;
  for (const auto& element : range) {
    if (!first) out += ',';
    first = false;
    write(out, element);
  }
  out += ']';
}

void write_map(std::string& out, const std::map<std::string, std::string>& map) {
  Writer writer(out);
  for (const auto& [key, value] : map)
    writer.text(key, value);
  writer.end();
}

void write_index(std::string& out, const IndexDefinition& index) {
  Writer writer(out);
  writer.number("id", static_cast<std::int64_t>(index.id));
  writer.text("name", index.name);
  writer.flag("global", index.global);
  write_keys(writer.member("keys"), index.keys);
  if (!index.keys.more_partition.empty())
    writer.number("partition_keys", static_cast<std::int64_t>(1 + index.keys.more_partition.size()));
  writer.text("projection", kProjections[static_cast<std::size_t>(index.projection)]);
  write_list(writer.member("include"), index.non_key_attributes, append_json_string);
  writer.flag("creating", index.status == IndexStatus::kCreating);
  writer.flag("hashed_ties", index.hashed_ties);
  write_throughput(writer.member("throughput"), index.throughput);
  writer.end();
}

void write_stream(std::string& out, const TableStream& table_stream) {
  Writer writer(out);
  writer.text("handle", stream::handle_text(table_stream.handle));
  writer.text("label", table_stream.label);
  writer.text("view", stream_view_name(table_stream.view));
  writer.flag("enabled", table_stream.enabled);
  writer.end();
}

void write_ttl(std::string& out, const TimeToLive& ttl) {
  Writer writer(out);
  writer.text("attribute", ttl.attribute);
  writer.flag("enabled", ttl.enabled);
  writer.flag("backfilled", ttl.backfilled);
  writer.end();
}

void write_recovery(std::string& out, const PointInTimeRecovery& recovery) {
  Writer writer(out);
  writer.flag("enabled", recovery.enabled);
  writer.time("since", recovery.since);
  writer.number("days", recovery.days);
  writer.end();
}

// --- reading: absent members keep their defaults, so that later versions may add some

std::string_view text(const object& from, std::string_view name) {
  std::string_view value;
  return from[name].get(value) ? std::string_view() : value;
}
std::int64_t number(const object& from, std::string_view name) {
  std::int64_t value = 0;
  return from[name].get(value) ? 0 : value;
}
bool flag(const object& from, std::string_view name) {
  bool value = false;
  return !from[name].get(value) && value;
}
base::WallTime time(const object& from, std::string_view name) {
  return base::WallTime(std::chrono::microseconds(number(from, name)));
}

template <class Read>
void read_list(const object& from, std::string_view name, Read read) {
  simdjson::dom::array array;
  if (from[name].get(array)) return;
  for (element entry : array)
    read(entry);
}

std::map<std::string, std::string> read_map(const object& from, std::string_view name) {
  std::map<std::string, std::string> map;
  object entries;
  if (from[name].get(entries)) return map;
  for (auto [key, value] : entries) {
    std::string_view content;
    if (!value.get(content)) map.emplace(key, content);
  }
  return map;
}

KeyAttribute read_attribute(const element& json) {
  KeyAttribute attribute;
  object from;
  if (json.get(from)) return attribute;
  attribute.name = text(from, "name");
  attribute.type = parse_key_type(text(from, "type")).value_or(KeyType::kString);
  return attribute;
}

KeySchema read_keys(const object& from) {
  KeySchema keys;
  std::int64_t partitions_left = std::max<std::int64_t>(1, number(from, "partition_keys"));
  bool first = true;
  read_list(from, "keys", [&](const element& json) {
    if (first)
      keys.partition = read_attribute(json);
    else if (partitions_left > 0)
      keys.more_partition.push_back(read_attribute(json));
    else if (!keys.sort)
      keys.sort = read_attribute(json);
    else
      keys.more_sort.push_back(read_attribute(json));
    first = false;
    --partitions_left;
  });
  return keys;
}

Throughput read_throughput(const object& parent) {
  object from;
  if (parent["throughput"].get(from)) return {};
  return {number(from, "read"), number(from, "write"), time(from, "increased"), time(from, "decreased"),
          static_cast<std::uint32_t>(number(from, "decreases"))};
}

IndexDefinition read_index(const element& json) {
  IndexDefinition index;
  object from;
  if (json.get(from)) return index;
  index.id = static_cast<IndexId>(number(from, "id"));
  index.name = text(from, "name");
  index.global = flag(from, "global");
  index.keys = read_keys(from);
  index.hashed_ties = flag(from, "hashed_ties");
  const std::string_view projection = text(from, "projection");
  if (projection == "KEYS_ONLY") index.projection = ProjectionType::kKeysOnly;
  if (projection == "INCLUDE") index.projection = ProjectionType::kInclude;
  read_list(from, "include", [&](const element& name) {
    std::string_view value;
    if (!name.get(value)) index.non_key_attributes.emplace_back(value);
  });
  index.status = flag(from, "creating") ? IndexStatus::kCreating : IndexStatus::kActive;
  index.throughput = read_throughput(from);
  return index;
}

std::optional<TableStream> read_stream(const object& parent) {
  object from;
  if (parent["stream"].get(from)) return std::nullopt;
  TableStream table_stream;
  table_stream.handle = stream::parse_handle(text(from, "handle")).value_or(stream::Handle());
  table_stream.label = text(from, "label");
  table_stream.view = parse_stream_view(text(from, "view")).value_or(StreamView::kKeysOnly);
  table_stream.enabled = flag(from, "enabled");
  return table_stream;
}

TimeToLive read_ttl(const object& parent) {
  object from;
  if (parent["ttl"].get(from)) return {};
  return {std::string(text(from, "attribute")), flag(from, "enabled"), flag(from, "backfilled")};
}

PointInTimeRecovery read_recovery(const object& parent) {
  object from;
  if (parent["recovery"].get(from)) return {};
  return {flag(from, "enabled"), time(from, "since"), static_cast<std::int32_t>(number(from, "days"))};
}

}  // namespace

std::string encode_definition(const TableDefinition& table) {
  std::string out;
  Writer writer(out);
  writer.number("format", 1);
  writer.number("id", static_cast<std::int64_t>(table.id));
  writer.number("version", static_cast<std::int64_t>(table.version));
  writer.text("account", table.name.account);
  writer.text("region", table.name.region);
  writer.text("name", table.name.name);
  writer.text("uuid", table.uuid);
  writer.time("created", table.created);
  write_list(writer.member("attributes"), table.attributes, write_attribute);
  write_keys(writer.member("keys"), table.keys);
  write_list(writer.member("indexes"), table.indexes, write_index);
  writer.flag("pay_per_request", table.billing == BillingMode::kPayPerRequest);
  writer.flag("billing_named", table.billing_named);
  writer.time("pay_per_request_since", table.pay_per_request_since);
  write_throughput(writer.member("throughput"), table.throughput);
  if (table.stream) write_stream(writer.member("stream"), *table.stream);
  write_ttl(writer.member("ttl"), table.ttl);
  if (table.recovery.enabled) write_recovery(writer.member("recovery"), table.recovery);
  if (table.copies > 0) writer.number("copies", table.copies);
  writer.flag("restoring", table.creating);
  writer.flag("deletion_protection", table.deletion_protection);
  write_map(writer.member("tags"), table.tags);
  write_map(writer.member("settings"), table.settings);
  writer.end();
  return out;
}

std::shared_ptr<TableDefinition> decode_definition(std::string_view bytes) {
  simdjson::dom::parser parser;
  element root;
  object from;
  if (parser.parse(bytes.data(), bytes.size()).get(root) || root.get(from)) return nullptr;
  if (number(from, "format") != 1) return nullptr;
  auto table = std::make_shared<TableDefinition>();
  table->id = static_cast<TableId>(number(from, "id"));
  table->version = static_cast<std::uint64_t>(number(from, "version"));
  table->name = {std::string(text(from, "account")), std::string(text(from, "region")),
                 std::string(text(from, "name"))};
  table->uuid = text(from, "uuid");
  table->created = time(from, "created");
  read_list(from, "attributes",
            [&](const element& json) { table->attributes.push_back(read_attribute(json)); });
  table->keys = read_keys(from);
  read_list(from, "indexes", [&](const element& json) { table->indexes.push_back(read_index(json)); });
  table->billing = flag(from, "pay_per_request") ? BillingMode::kPayPerRequest : BillingMode::kProvisioned;
  table->billing_named = flag(from, "billing_named");
  table->pay_per_request_since = time(from, "pay_per_request_since");
  table->throughput = read_throughput(from);
  table->stream = read_stream(from);
  table->ttl = read_ttl(from);
  table->recovery = read_recovery(from);
  table->copies = static_cast<std::uint32_t>(number(from, "copies"));
  table->creating = flag(from, "restoring");
  table->deletion_protection = flag(from, "deletion_protection");
  table->tags = read_map(from, "tags");
  table->settings = read_map(from, "settings");
  table->seal();
  return table;
}

std::string encode_counters(const TableCounters& counters) {
  std::string out;
  const auto append = [&out](const Counters& one) {
    store::append_u64(out, static_cast<std::uint64_t>(one.items));
    store::append_u64(out, static_cast<std::uint64_t>(one.bytes));
  };
  append(counters.table);
  for (const auto& [index, one] : counters.indexes) {
    store::append_u64(out, index);
    append(one);
  }
  return out;
}

TableCounters decode_counters(std::string_view bytes) {
  TableCounters counters;
  const auto take = [&bytes] { return static_cast<std::int64_t>(store::take_u64(bytes).value_or(0)); };
  counters.table.items = take();
  counters.table.bytes = take();
  while (bytes.size() >= 24) {
    const auto index = static_cast<IndexId>(take());
    Counters& one = counters.indexes[index];
    one.items = take();
    one.bytes = take();
  }
  return counters;
}

}  // namespace millrace::table
