#include "engines/table/item_write.h"

#include <charconv>

#include "engines/table/change_record.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_size.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

// The old item, decoded when somebody first asks.
class OldItem {
 public:
  explicit OldItem(const std::optional<std::string>& stored) : stored_(stored) {}
  bool exists() const { return stored_.has_value(); }
  const std::string& stored() const { return *stored_; }
  std::size_t size() const { return stored_ ? stored_size(*stored_) : 0; }
  // An empty item when there is none.
  const Item& item() {
    if (!decoded_) {
      decoded_.emplace();
      if (stored_) {
        if (auto item = decode_stored(*stored_)) *decoded_ = std::move(*item);
      }
    }
    return *decoded_;
  }

 private:
  const std::optional<std::string>& stored_;
  std::optional<Item> decoded_;
};

bool only_removes(const Update& update) {
  for (std::size_t i = 0; i < update.size(); ++i) {
    if (update.verb(i) != UpdateVerb::kRemove && update.verb(i) != UpdateVerb::kDelete) return false;
  }
  return update.size() > 0;
}

// What the item becomes. `owned` holds it when it is not the request's own.
struct NewItem {
  const Item* item = nullptr;  // null: no item
  Item owned;
};

base::Result<void, std::string> make_new(const TableDefinition& table, const ItemWrite& write, OldItem& old,
                                         NewItem& out) {
  switch (write.kind) {
    case WriteKind::kPut:
      out.item = write.item;
      return {};
    case WriteKind::kDelete:
    case WriteKind::kCheck:
      return {};
    case WriteKind::kUpdate:
      break;
  }
  // Removing from an item that is not there does not make one.
  if (!old.exists() && write.update && only_removes(*write.update)) return {};
  const Item& base = old.exists() ? old.item() : *write.item;
  if (!write.update) {
    out.owned = base;
  } else {
    auto updated = write.update->apply(base);
    if (!updated) return base::fail(std::move(updated.error().message));
    out.owned = std::move(*updated);
    if (auto checked = check_updated_item(out.owned, table.index_keys()); !checked)
      return base::fail(std::move(checked.error().message));
  }
  out.item = &out.owned;
  return {};
}

void count(TableCounters& growth, IndexId index, std::int64_t items, std::int64_t bytes) {
  Counters& counters = index == 0 ? growth.table : growth.indexes[index];
  counters.items += items;
  counters.bytes += bytes;
}

// From the entry that was to the entry that shall be.
void change_entry(IndexId counted_as, std::optional<IndexChange> before, std::optional<IndexChange> after,
                  ItemDecision& decision) {
  if (before && after && before->key == after->key && before->value == after->value) return;
  if (before && counted_as)
    count(decision.growth, counted_as, -1, -static_cast<std::int64_t>(stored_size(before->value)));
  if (after && counted_as)
    count(decision.growth, counted_as, 1, static_cast<std::int64_t>(stored_size(after->value)));
  if (before && (!after || before->key != after->key))
    decision.index_changes.push_back({std::move(before->key), {}, before->index});
  if (after) decision.index_changes.push_back(std::move(*after));
}

void change_indexes(const TableDefinition& table, OldItem& old, const Item* item, ItemDecision& decision) {
  for (const IndexDefinition& index : table.indexes) {
    auto before = old.exists() ? index_entry(table, index, old.item(), old.stored()) : std::nullopt;
    auto after = item ? index_entry(table, index, *item, decision.stored) : std::nullopt;
    change_entry(index.id, std::move(before), std::move(after), decision);
  }
  if (table.ttl.enabled) {
    auto before = old.exists() ? expiry_entry(table, old.item()) : std::nullopt;
    auto after = item ? expiry_entry(table, *item) : std::nullopt;
    change_entry(0, std::move(before), std::move(after), decision);
  }
}

std::string make_change_record(const TableDefinition& table, const ItemWrite& write, const OldItem& old,
                               const ItemDecision& decision, base::WallTime now) {
  const StreamView view = table.stream->view;
  const bool is_new = !decision.stored.empty();
  const Item keys = key_of(table.keys, *write.item);
  const std::string keys_json = to_json(keys);
  ChangeRecord record;
  record.kind = !old.exists() ? ChangeKind::kInsert : is_new ? ChangeKind::kModify : ChangeKind::kRemove;
  record.view = view;
  record.by_ttl = write.by_ttl;
  record.created = now;
  record.keys = keys_json;
  record.size_bytes = item_size(keys);
  if (is_new && (view == StreamView::kNewImage || view == StreamView::kNewAndOldImages)) {
    record.new_image = stored_json(decision.stored);
    record.size_bytes += stored_size(decision.stored);
  }
  if (old.exists() && (view == StreamView::kOldImage || view == StreamView::kNewAndOldImages)) {
    record.old_image = stored_json(old.stored());
    record.size_bytes += old.size();
  }
  return encode_change(record);
}

// Same item, whatever the order of attributes and set members.
bool same_item(OldItem& old, const Item* item, const std::string& stored) {
  if (!item) return !old.exists();
  if (!old.exists()) return false;
  if (old.stored() == stored) return true;
  return stored_size(stored) == old.size() && old.item() == *item;
}

ItemDecision refuse(WriteRefusal refusal, std::string message = {}) {
  ItemDecision decision;
  decision.refusal = refusal;
  decision.message = std::move(message);
  return decision;
}

std::optional<std::int64_t> expiry_time(const Item& item, std::string_view attribute) {
  const Value* value = item.find(attribute);
  const auto* number = value ? std::get_if<Number>(&value->data) : nullptr;
  if (!number) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(number->text.data(), number->text.data() + number->text.size(), seconds);
  if (error != std::errc() || seconds <= 0) return std::nullopt;
  if (end != number->text.data() + number->text.size() && *end != '.') return std::nullopt;
  return seconds;
}

}  // namespace

base::Result<void, ExpressionError> check_write(const TableDefinition& table, const ItemWrite& write) {
  const KeySchemaView schema = table.keys.view();
  if (write.kind == WriteKind::kPut) return check_item(*write.item, schema, table.index_keys());
  if (auto checked = check_key(*write.item, schema); !checked) return checked;
  if (write.kind == WriteKind::kUpdate && write.update)
    return check_update(*write.update, schema, table.index_keys());
  return {};
}

ItemDecision decide_write(const TableDefinition& table, const ItemWrite& write,
                          const std::optional<std::string>& old_stored, base::WallTime now) {
  OldItem old(old_stored);
  if (write.must_be_new && old.exists()) return refuse(WriteRefusal::kDuplicate);
  if (write.condition && !write.condition->matches(old.item())) return refuse(WriteRefusal::kConditionFailed);
  ItemDecision decision;
  if (write.kind == WriteKind::kCheck) return decision;

  NewItem made;
  if (auto done = make_new(table, write, old, made); !done)
    return refuse(WriteRefusal::kInvalid, std::move(done.error()));
  if (made.item) decision.stored = encode_stored(*made.item);
  decision.changed = !same_item(old, made.item, decision.stored);
  if (!decision.changed) return decision;

  count(decision.growth, 0, (made.item ? 1 : 0) - (old.exists() ? 1 : 0),
        static_cast<std::int64_t>(stored_size(decision.stored)) - static_cast<std::int64_t>(old.size()));
  if (!table.indexes.empty() || table.ttl.enabled) change_indexes(table, old, made.item, decision);
  if (table.stream && table.stream->enabled)
    decision.change_record = make_change_record(table, write, old, decision, now);
  return decision;
}

std::optional<IndexChange> index_entry(const TableDefinition& table, const IndexDefinition& index,
                                       const Item& item, std::string_view stored) {
  const auto has = [&item](const KeyAttribute& key) {
    const Value* value = item.find(key.name);
    return value && key_type_of(*value) == key.type;
  };
  bool complete = true;
  index.keys.each([&](const KeyAttribute& key, bool) { complete = complete && has(key); });
  if (!complete) return std::nullopt;
  IndexChange entry;
  entry.index = index.id;
  entry.key = index_entry_key(table, index, item);
  if (index.projection == ProjectionType::kAll) {
    entry.value = stored;
    return entry;
  }
  Item projected;
  for (const auto& [name, value] : item.members) {
    if (index.projects(name, table.keys)) projected.members.emplace_back(name, value);
  }
  entry.value = encode_stored(projected);
  return entry;
}

std::optional<IndexChange> expiry_entry(const TableDefinition& table, const Item& item) {
  const auto expires_at = expiry_time(item, table.ttl.attribute);
  if (!expires_at) return std::nullopt;
  // One byte of value: an empty one would mean that the entry goes.
  return IndexChange{expiry_key(table, *expires_at, item), "e", 0};
}

Item key_of(const KeySchema& keys, const Item& item) {
  Item key;
  keys.each([&](const KeyAttribute& one, bool) {
    if (const Value* value = item.find(one.name)) key.set(one.name, *value);
  });
  return key;
}

}  // namespace millrace::table
