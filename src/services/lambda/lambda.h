// Lambda: what the operations of this service share: loading and changing function records, and the world they act on.
//
// Records live in the catalog; every load asks the store (so that another node's change is seen) and decodes only what
// changed since. Threads: any. Everything in LambdaWorld must outlive the service.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"
#include "engines/catalog/event_source_mapping.h"
#include "engines/object/objects.h"
#include "runtime/code_store.h"
#include "runtime/invoker.h"
#include "services/lambda/function_record.h"
#include "services/lambda/in_flight.h"
#include "wire/context.h"
#include "wire/error.h"

namespace millrace::lambda {

class AsyncInvocations;

struct LambdaWorld {
  catalog::Catalog& catalog;
  runtime::Invoker& invoker;
  runtime::CodeStore& code;
  base::Clock& clock;
  base::Random& random;
  // Tells the runtime of a function that is likely to be called soon; may be empty. Does not block.
  std::function<void(runtime::FunctionPtr)> prepare;
  // Event source mappings; null: this server has none.
  catalog::EventSourceMappings* mappings = nullptr;
  // Whether a stream of that ARN is there; empty: not checked.
  std::function<base::Task<bool>(std::string arn)> source_exists;
  // Buckets: packages come from them, failures go to them; null: none.
  object::Objects* objects = nullptr;
};

struct LambdaOptions {
  std::string public_url =
      "http://127.0.0.1:4566";  // where clients and functions reach this server; no slash at the end
  std::uint32_t account_concurrency = 1000;
  bool hot_reload =
      true;  // S3Bucket "hot-reload" with a folder of this machine as S3Key: for servers whose clients are trusted
};

// A function as an operation found it.
struct LoadedFunction {
  FunctionName asked;  // as the request named it
  FunctionRecordPtr record;
  runtime::FunctionPtr spec;
  catalog::Revision revision = 0;  // of the record in the catalog
};

template <class T>
using Answer = base::Result<T, wire::ServiceError>;

class Lambda {
 public:
  Lambda(LambdaWorld world, LambdaOptions options);
  ~Lambda();

  // The function, or the version or alias that the qualifier names. Not found: AWS's error.
  base::Task<Answer<LoadedFunction>> load(FunctionName name);
  // nullopt when there is none.
  base::Task<Answer<std::optional<LoadedFunction>>> find(FunctionName name);

  // Reads $LATEST, lets `edit` change it or refuse, writes it if nobody else did meanwhile; runs again after a conflict.
  using Edit = std::function<std::optional<wire::ServiceError>(FunctionRecord&)>;
  base::Task<Answer<FunctionRecord>> change(FunctionName name, Edit edit);

  // A document of another kind ("lambda.url", "lambda.policy", ...).
  base::Task<Answer<std::optional<catalog::Resource>>> get(catalog::ResourceKey key);
  base::Task<Answer<catalog::Page>> list(catalog::ListRequest request);

  LambdaWorld& world() { return world_; }
  const LambdaOptions& options() const { return options_; }
  InFlight& in_flight() { return in_flight_; }

  // Set once by the server after construction, before the first request; must outlive the service.
  void set_async(AsyncInvocations* async) { async_ = async; }
  AsyncInvocations* async() const { return async_; }

 private:
  struct Cached {
    catalog::Revision revision = 0;
    FunctionRecordPtr record;
    runtime::FunctionPtr spec;
  };
  Answer<LoadedFunction> decode(const FunctionName& asked, const catalog::Resource& resource);
  // The name with an alias resolved to the version it points to now.
  base::Task<Answer<std::optional<FunctionName>>> resolve_alias(FunctionName name);

  LambdaWorld world_;
  LambdaOptions options_;
  InFlight in_flight_;
  AsyncInvocations* async_ = nullptr;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  // by qualified ARN; guarded by mutex_
};

// The catalog's names of this service's resources.
catalog::ResourceKey function_key(const FunctionName& name);  // $LATEST
catalog::ResourceKey version_key(const FunctionName& name);   // qualifier: a number
catalog::ResourceKey alias_key(const FunctionName& name);     // qualifier: the alias
// "f" or "f:alias": resources that hang on a function or one of its aliases.
catalog::ResourceKey qualified_key(std::string_view kind, const FunctionName& name);

wire::ServiceError to_service_error(catalog::CatalogError error);
bool is_version_number(std::string_view qualifier);

}  // namespace millrace::lambda
