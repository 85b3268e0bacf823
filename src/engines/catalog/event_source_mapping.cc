#include "engines/catalog/event_source_mapping.h"

#include <fmt/format.h>

#include "engines/catalog/event_source_mapping_codec.h"

namespace millrace::catalog {

namespace {

using Verdict = base::Result<store::Verdict, store::StoreError>;
using Stored = base::Result<std::optional<EventSourceMapping>, store::StoreError>;

constexpr store::LogId kChangesLog = store::LogId{2} << 60;

MappingError failed(store::StoreError error) {
  return {MappingErrorKind::kStore, error, {}};
}

Stored get_mapping(store::Reader& view, std::string_view uuid) {
  const auto bytes = view.get(mapping_key(uuid));
  if (!bytes) return base::fail(bytes.error());
  if (!*bytes) return std::nullopt;
  auto mapping = decode_mapping(**bytes);
  if (!mapping) return base::fail(store::StoreError::kCorrupt);
  return mapping;
}

base::Result<void, store::StoreError> add_result(store::Reader& view, EventSourceMapping& mapping) {
  auto result = view.get(result_key(mapping.uuid));
  if (!result) return base::fail(result.error());
  if (*result) mapping.last_processing_result = std::move(**result);
  return {};
}

void put_changed(store::Batch& batch, const EventSourceMapping& mapping) {
  batch.put(mapping_key(mapping.uuid), encode_mapping(mapping));
  batch.append(mapping_changes_log(), mapping.uuid);
}

// The UUID of the mapping that connects the same two already.
base::Result<std::string, store::StoreError> find_pair(store::Reader& view,
                                                       const EventSourceMapping& mapping) {
  const auto uuid = view.get(pair_key(mapping));
  if (!uuid) return base::fail(uuid.error());
  return uuid->value_or("");
}

bool matches(const EventSourceMapping& mapping, const EventSourceMappings::ListRequest& request) {
  return (request.account.empty() ||
          (mapping.account == request.account && mapping.region == request.region)) &&
         (request.event_source_arn.empty() || mapping.event_source_arn == request.event_source_arn) &&
         (request.function_arn.empty() || mapping.function_arn == request.function_arn);
}

}  // namespace

std::string_view state_name(MappingState state) {
  switch (state) {
    case MappingState::kCreating:
      return "Creating";
    case MappingState::kEnabling:
      return "Enabling";
    case MappingState::kEnabled:
      return "Enabled";
    case MappingState::kDisabling:
      return "Disabling";
    case MappingState::kDisabled:
      return "Disabled";
    case MappingState::kUpdating:
      return "Updating";
    case MappingState::kDeleting:
      return "Deleting";
  }
  return "";
}

store::LogId mapping_changes_log() {
  return kChangesLog;
}

std::string EventSourceMapping::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:event-source-mapping:{}", region, account, uuid);
}

base::Task<MappingResult<EventSourceMapping>> EventSourceMappings::create(EventSourceMapping mapping) {
  mapping.uuid = base::make_uuid(random_);
  mapping.state = MappingState::kCreating;
  mapping.version = 1;
  mapping.last_modified = clock_.now();
  std::string taken;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    auto pair = find_pair(view, mapping);
    if (!pair) return base::fail(pair.error());
    taken = std::move(*pair);
    if (!taken.empty()) return store::Verdict::kRefuse;
    mapping.created_at = view.now();
    batch.put(pair_key(mapping), mapping.uuid);
    put_changed(batch, mapping);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {pair_key(mapping)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  if (!taken.empty()) co_return base::fail(MappingError{MappingErrorKind::kExists, {}, taken});
  co_return mapping;
}

base::Task<MappingResult<EventSourceMapping>> EventSourceMappings::find(std::string account,
                                                                        std::string region,
                                                                        std::string uuid) {
  std::optional<EventSourceMapping> found;
  auto body = [&](store::Reader& view) -> base::Result<void, store::StoreError> {
    auto stored = get_mapping(view, uuid);
    if (!stored) return base::fail(stored.error());
    found = std::move(*stored);
    if (!found) return {};
    return add_result(view, *found);
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  if (!found || found->account != account || found->region != region) {
    co_return base::fail(MappingError{MappingErrorKind::kNotFound, {}, uuid});
  }
  co_return std::move(*found);
}

base::Task<MappingResult<std::vector<EventSourceMapping>>> EventSourceMappings::list(ListRequest request) {
  std::vector<EventSourceMapping> found;
  auto body = [&](store::Reader& view) -> base::Result<void, store::StoreError> {
    found.clear();
    bool corrupt = false;
    auto range = store::prefix_range(mappings_prefix());
    if (!request.after.empty()) range.begin = mapping_key(request.after) + '\0';
    auto visit = [&](std::string_view, std::string_view value) {
      if (found.size() == request.limit) return store::Visit::kStop;
      auto mapping = decode_mapping(value);
      corrupt = !mapping;
      if (corrupt) return store::Visit::kStop;
      if (matches(*mapping, request)) found.push_back(std::move(*mapping));
      return store::Visit::kContinue;
    };
    const auto scanned = view.scan(range, store::Order::kAscending, visit);
    if (!scanned) return scanned;
    if (corrupt) return base::fail(store::StoreError::kCorrupt);
    for (auto& mapping : found) {
      if (const auto added = add_result(view, mapping); !added) return added;
    }
    return {};
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  co_return std::move(found);
}

base::Task<MappingResult<std::vector<EventSourceMapping>>> EventSourceMappings::all() {
  ListRequest request;
  request.limit = ~std::size_t{0};
  co_return co_await list(std::move(request));
}

base::Task<MappingResult<EventSourceMapping>> EventSourceMappings::update(std::string account,
                                                                          std::string region,
                                                                          std::string uuid, Edit edit) {
  auto current = co_await find(account, region, uuid);
  if (!current) co_return current;
  const base::WallTime now = clock_.now();
  std::optional<MappingError> refusal;
  EventSourceMapping mapping;
  // The pair's key depends on what the edit does, so it is worked out before and checked again in the decision.
  EventSourceMapping wanted = *current;
  edit(wanted);
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    refusal.reset();
    auto stored = get_mapping(view, uuid);
    if (!stored) return base::fail(stored.error());
    if (!*stored) {
      refusal = MappingError{MappingErrorKind::kNotFound, {}, uuid};
      return store::Verdict::kRefuse;
    }
    mapping = std::move(**stored);
    if (mapping.state == MappingState::kDeleting || mapping.function_arn != current->function_arn) {
      refusal = MappingError{MappingErrorKind::kInUse, {}, uuid};
      return store::Verdict::kRefuse;
    }
    const std::string old_pair = pair_key(mapping);
    const bool was_enabled = mapping.enabled;
    edit(mapping);
    if (pair_key(mapping) != old_pair) {
      auto pair = find_pair(view, wanted);
      if (!pair) return base::fail(pair.error());
      if (!pair->empty()) {
        refusal = MappingError{MappingErrorKind::kExists, {}, *pair};
        return store::Verdict::kRefuse;
      }
      batch.del(old_pair);
      batch.put(pair_key(mapping), uuid);
    }
    mapping.state = mapping.enabled == was_enabled ? MappingState::kUpdating
                    : mapping.enabled              ? MappingState::kEnabling
                                                   : MappingState::kDisabling;
    mapping.last_modified = now;
    ++mapping.version;
    put_changed(batch, mapping);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(uuid), pair_key(wanted)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  if (refusal) co_return base::fail(*refusal);
  mapping.last_processing_result = current->last_processing_result;
  co_return mapping;
}

base::Task<MappingResult<EventSourceMapping>> EventSourceMappings::remove(std::string account,
                                                                          std::string region,
                                                                          std::string uuid) {
  auto current = co_await find(account, region, uuid);
  if (!current) co_return current;
  const base::WallTime now = clock_.now();
  std::optional<MappingError> refusal;
  EventSourceMapping mapping;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    refusal.reset();
    auto stored = get_mapping(view, uuid);
    if (!stored) return base::fail(stored.error());
    if (!*stored || (*stored)->state == MappingState::kDeleting) {
      refusal = MappingError{*stored ? MappingErrorKind::kInUse : MappingErrorKind::kNotFound, {}, uuid};
      return store::Verdict::kRefuse;
    }
    mapping = std::move(**stored);
    mapping.state = MappingState::kDeleting;
    mapping.last_modified = now;
    ++mapping.version;
    put_changed(batch, mapping);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(uuid)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  if (refusal) co_return base::fail(*refusal);
  mapping.last_processing_result = current->last_processing_result;
  co_return mapping;
}

}  // namespace millrace::catalog
