// Catalog: the named resources of every service (functions, URL configurations, policies, access keys, mappings) as
// documents in the store. A document is opaque here; its owner encodes it. Every change is one Store::commit, conditional on
// what the caller saw, so two nodes may serve the same resources.
//
// Threads: any. Waits: for the store only; a get of what is in memory completes at once. Layout: docs/formats/catalog.md.
// The Store must outlive the Catalog.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace millrace::catalog {

// Kinds are named service.resource ("lambda.function"); each names its owner's file. Account and region may be empty for
// resources that have none.
struct ResourceKey {
  std::string kind;
  std::string account;
  std::string region;
  std::string name;
  bool operator==(const ResourceKey&) const = default;
};

// Changes with every put of the resource, and differs from every revision an earlier resource of that name had.
using Revision = std::uint64_t;

struct Resource {
  ResourceKey key;
  Revision revision = 0;
  std::string document;
};

enum class CatalogError {
  kNotFound,  // expected to exist
  kExists,    // expected not to exist
  kChanged,   // exists with another revision than expected
  kStore,     // the store refused or failed; its log says why
};

// What must hold for a change to be made.
struct Expect {
  enum class What { kAnything, kAbsent, kPresent, kRevision } what = What::kAnything;
  Revision revision = 0;
  static Expect absent() { return {What::kAbsent, 0}; }
  static Expect present() { return {What::kPresent, 0}; }
  static Expect at(Revision revision) { return {What::kRevision, revision}; }
};

struct Change {
  ResourceKey key;
  std::optional<std::string> document;  // nullopt: delete
  Expect expect;
};

struct ListRequest {
  std::string kind;
  std::string account;
  std::string region;        // empty with all_regions
  bool all_regions = false;  // of the account; names then come grouped by region
  std::string name_prefix;   // only names that start with it
  std::string after;         // exclusive: the name the previous page ended with; not with all_regions
  std::size_t limit = 1000;
};

struct Page {
  std::vector<Resource> resources;  // by name, in byte order
  bool more = false;
};

class Catalog {
 public:
  explicit Catalog(store::Store& store) : store_(store) {}

  base::Task<base::Result<std::optional<Resource>, CatalogError>> get(ResourceKey key);
  base::Task<base::Result<Page, CatalogError>> list(ListRequest request);

  // All changes or none. Returns the revision that every put of this call got. Two changes of one key are a bug.
  base::Task<base::Result<Revision, CatalogError>> apply(std::vector<Change> changes);
  base::Task<base::Result<Revision, CatalogError>> put(ResourceKey key, std::string document,
                                                       Expect expect = {});
  base::Task<base::Result<void, CatalogError>> erase(ResourceKey key, Expect expect = Expect::present());

 private:
  store::Store& store_;
};

// "arn:aws:lambda:us-east-1:000000000000:function:name"
std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource);

}  // namespace millrace::catalog
