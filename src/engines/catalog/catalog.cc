#include "engines/catalog/catalog.h"

#include <fmt/format.h>

#include "store/tuple.h"

namespace millrace::catalog {
namespace {

constexpr char kTag = 'c';
// One counter gives revisions to all resources, so that a resource made anew never repeats an old revision.
constexpr std::string_view kCounterKey = "cr";

std::string scope_key(std::string_view kind, std::string_view account) {
  std::string key;
  store::append_tag(key, kTag);
  store::append_tag(key, 'd');
  store::append_bytes(key, kind);
  store::append_bytes(key, account);
  return key;
}

std::string encode_key(const ResourceKey& resource) {
  std::string key = scope_key(resource.kind, resource.account);
  store::append_bytes(key, resource.region);
  store::append_bytes(key, resource.name);
  return key;
}

std::string encode_value(Revision revision, std::string_view document) {
  std::string value;
  store::append_u64(value, revision);
  value.append(document);
  return value;
}

// False: the bytes do not decode.
bool decode_value(std::string_view value, Resource& out) {
  const std::optional<std::uint64_t> revision = store::take_u64(value);
  if (!revision) return false;
  out.revision = *revision;
  out.document = value;
  return true;
}

base::Result<Revision, store::StoreError> next_revision(store::Reader& view) {
  auto stored = view.get(kCounterKey);
  if (!stored) return base::fail(stored.error());
  if (!*stored) return Revision{1};
  std::string_view bytes = **stored;
  const std::optional<std::uint64_t> last = store::take_u64(bytes);
  if (!last) return base::fail(store::StoreError::kCorrupt);
  return *last + 1;
}

std::optional<CatalogError> check(const Expect& expect, const std::optional<std::string>& stored) {
  switch (expect.what) {
    case Expect::What::kAnything:
      return std::nullopt;
    case Expect::What::kAbsent:
      return stored ? std::optional(CatalogError::kExists) : std::nullopt;
    case Expect::What::kPresent:
      return stored ? std::nullopt : std::optional(CatalogError::kNotFound);
    case Expect::What::kRevision:
      break;
  }
  if (!stored) return CatalogError::kNotFound;
  Resource resource;
  if (!decode_value(*stored, resource)) return CatalogError::kStore;
  return resource.revision == expect.revision ? std::nullopt : std::optional(CatalogError::kChanged);
}

class ApplyChanges final : public store::Transaction {
 public:
  explicit ApplyChanges(const std::vector<Change>& changes) : changes_(changes) {
    for (const Change& change : changes)
      keys.push_back(encode_key(change.key));
    keys.emplace_back(kCounterKey);
  }
  base::Result<store::Verdict, store::StoreError> decide(store::Reader& view, store::Batch& batch) override {
    refusal.reset();
    auto revision_or = next_revision(view);
    if (!revision_or) return base::fail(revision_or.error());
    revision = *revision_or;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      auto stored = view.get(keys[i]);
      if (!stored) return base::fail(stored.error());
      refusal = check(changes_[i].expect, *stored);
      if (refusal) return store::Verdict::kRefuse;
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i].document) {
        batch.put(keys[i], encode_value(revision, *changes_[i].document));
      } else {
        batch.del(keys[i]);
      }
    }
    std::string counter;
    store::append_u64(counter, revision);
    batch.put(kCounterKey, counter);
    return store::Verdict::kCommit;
  }
  std::optional<CatalogError> refusal;
  Revision revision = 0;

 private:
  const std::vector<Change>& changes_;
};

store::KeyRange range_of(const ListRequest& request) {
  std::string prefix = scope_key(request.kind, request.account);
  if (request.all_regions) return store::prefix_range(prefix);
  store::append_bytes(prefix, request.region);
  std::string named = prefix;
  store::append_bytes(named, request.name_prefix);
  named.resize(named.size() - 2);  // without the terminator: a prefix of names, not a whole name
  store::KeyRange range = store::prefix_range(named);
  if (!request.after.empty()) {
    store::append_bytes(prefix, request.after);
    prefix.push_back('\0');
    if (prefix > range.begin) range.begin = prefix;
  }
  return range;
}

bool decode_row(std::string_view key, std::string_view value, const ListRequest& request, Resource& out) {
  key.remove_prefix(scope_key(request.kind, request.account).size());
  std::optional<std::string> region = store::take_bytes(key);
  std::optional<std::string> name = region ? store::take_bytes(key) : std::nullopt;
  if (!name) return false;
  out.key = {request.kind, request.account, std::move(*region), std::move(*name)};
  return decode_value(value, out);
}

}  // namespace

base::Task<base::Result<std::optional<Resource>, CatalogError>> Catalog::get(ResourceKey key) {
  Resource resource;
  bool found = false;
  const std::string bytes = encode_key(key);
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, store::StoreError> {
    auto stored = view.get(bytes);
    if (!stored) return base::fail(stored.error());
    found = stored->has_value();
    if (found && !decode_value(**stored, resource)) return base::fail(store::StoreError::kCorrupt);
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(CatalogError::kStore);
  if (!found) co_return std::optional<Resource>();
  resource.key = std::move(key);
  co_return std::optional<Resource>(std::move(resource));
}

base::Task<base::Result<Page, CatalogError>> Catalog::list(ListRequest request) {
  Page page;
  const store::KeyRange range = range_of(request);
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, store::StoreError> {
    page = {};
    bool corrupt = false;
    auto scanned =
        view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
          if (page.resources.size() == request.limit) {
            page.more = true;
            return store::Visit::kStop;
          }
          Resource resource;
          corrupt = !decode_row(key, value, request, resource);
          if (corrupt) return store::Visit::kStop;
          page.resources.push_back(std::move(resource));
          return store::Visit::kContinue;
        });
    if (!scanned) return base::fail(scanned.error());
    if (corrupt) return base::fail(store::StoreError::kCorrupt);
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(CatalogError::kStore);
  co_return page;
}

base::Task<base::Result<Revision, CatalogError>> Catalog::apply(std::vector<Change> changes) {
  ApplyChanges transaction(changes);
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(CatalogError::kStore);
  if (transaction.refusal) co_return base::fail(*transaction.refusal);
  co_return transaction.revision;
}

base::Task<base::Result<Revision, CatalogError>> Catalog::put(ResourceKey key, std::string document,
                                                              Expect expect) {
  std::vector<Change> changes;
  changes.push_back({std::move(key), std::move(document), expect});
  co_return co_await apply(std::move(changes));
}

base::Task<base::Result<void, CatalogError>> Catalog::erase(ResourceKey key, Expect expect) {
  std::vector<Change> changes;
  changes.push_back({std::move(key), std::nullopt, expect});
  auto applied = co_await apply(std::move(changes));
  if (!applied) co_return base::fail(applied.error());
  co_return base::Result<void, CatalogError>();
}

std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource) {
  return fmt::format("arn:aws:{}:{}:{}:{}", service, region, account, resource);
}

}  // namespace millrace::catalog
