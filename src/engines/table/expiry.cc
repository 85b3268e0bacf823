#include "engines/table/expiry.h"

#include <map>

#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::Reader;
using store::StoreError;
using store::Visit;

// AWS leaves items alone that expired longer ago: such numbers are mistakes.
constexpr std::int64_t kOldest = std::int64_t{5} * 365 * 24 * 3600;

std::optional<Item> key_from(const TableDefinition& table, std::string_view primary_key) {
  primary_key.remove_prefix(std::min<std::size_t>(8, primary_key.size()));  // the hash
  Item key;
  const auto take = [&](const KeyAttribute& attribute) {
    auto bytes = store::take_bytes(primary_key);
    auto value = bytes ? value_of_key_bytes(attribute.type, *bytes) : std::nullopt;
    if (value) key.set(attribute.name, std::move(*value));
    return value.has_value();
  };
  if (!take(table.keys.partition) || (table.keys.sort && !take(*table.keys.sort))) return std::nullopt;
  return key;
}

}  // namespace

base::Task<TableResult<std::size_t>> Expiry::sweep(DefinitionPtr table, std::size_t limit) {
  const std::int64_t now = base::unix_seconds(clock_.now());
  store::KeyRange range;
  range.begin = expiry_prefix(table->id);
  range.end = range.begin;
  store::append_u64(range.begin, static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - kOldest)));
  store::append_u64(range.end, static_cast<std::uint64_t>(now) + 1);
  std::vector<Item> expired;
  std::size_t seen = 0;
  auto done = co_await store_.read([&](Reader& view) {
    expired.clear();
    seen = 0;
    return view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view) {
      if (auto item = key_from(*table, primary_key_of_expiry(key))) expired.push_back(std::move(*item));
      return ++seen < limit ? Visit::kContinue : Visit::kStop;
    });
  });
  if (!done) co_return base::fail(from_store(done.error()));
  for (Item& key : expired) {
    auto removed = co_await remove(table, std::move(key));
    if (!removed) co_return base::fail(std::move(removed.error()));
  }
  co_return seen;
}

// On condition that it is still expired: somebody may have given it more time meanwhile.
base::Task<TableResult<void>> Expiry::remove(DefinitionPtr table, Item key) {
  const std::map<std::string, std::string> names = {{"#t", table->ttl.attribute}};
  Item values;
  values.set(":now", Value{Number{std::to_string(base::unix_seconds(clock_.now()))}});
  Placeholders placeholders(&names, &values);
  auto condition = parse_condition(ConditionKind::kCondition, "#t <= :now", placeholders);
  if (!condition) co_return table_error(TableErrorKind::kInvalid, std::move(condition.error().message));
  ItemWrite write;
  write.kind = WriteKind::kDelete;
  write.item = &key;
  write.condition = &*condition;
  write.by_ttl = true;
  auto written = co_await items_.write(table, write);
  if (written && deleted_) deleted_(*table, 1);
  if (written || written.error().kind == TableErrorKind::kConditionFailed) co_return TableResult<void>();
  co_return base::fail(std::move(written.error()));
}

}  // namespace millrace::table
