// Everything about functions, composed: code, sandboxes, logs, the Lambda service and its background work. Made before the listener
// takes requests, stopped after it. Main thread; the world outlives it.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/random.h"
#include "engines/catalog/access_keys.h"
#include "engines/catalog/catalog.h"
#include "engines/catalog/event_source_mapping.h"
#include "engines/telemetry/log_store.h"
#include "runtime/code_store.h"
#include "runtime/runtime.h"
#include "runtime/spawner.h"
#include "server/data_folder.h"
#include "server/io_threads.h"
#include "server/options.h"
#include "services/lambda/async_invocations.h"
#include "services/lambda/function_meters.h"
#include "services/lambda/function_url.h"
#include "services/lambda/lambda.h"
#include "triggers/invoke_handler.h"
#include "triggers/triggers.h"

namespace millrace::server {

struct FunctionsWorld {
  const ServeOptions& options;
  const DataFolder& folder;
  const std::string& public_url;  // where functions and clients reach this server
  IoThreads& io;
  store::Store& store;
  catalog::Catalog& catalog;
  object::Objects& objects;
  catalog::AccessKeys& access_keys;
  base::Clock& clock;
  base::Random& random;
  base::Registry& metrics;
  runtime::Spawner& spawner;
  telemetry::MetricStore& metric_store;
  const wire::Authenticator& verifying;  // for URLs of AuthType AWS_IAM, whatever --auth says
};

// The folder of the runtime programs: where the person says, beside an installed binary, or in the source tree.
std::string find_runtimes(const std::string& chosen);

class Functions {
 public:
  // Call on a thread of world.io.
  explicit Functions(const FunctionsWorld& world);

  lambda::Lambda& lambda() { return lambda_; }
  lambda::AsyncInvocations& async_invocations() { return async_; }
  telemetry::LogStore& logs() { return logs_; }
  runtime::Invoker& invoker() { return meters_; }
  runtime::CodeStore& code() { return code_; }
  lambda::FunctionUrls& urls() { return urls_; }
  triggers::Triggers& triggers() { return triggers_; }

  // No new invocations; running ones get the patience; then no sandbox is left.
  base::Task<> stop_runtime(std::chrono::milliseconds patience) { return runtime_->stop(patience); }

 private:
  telemetry::LogStore logs_;
  runtime::CodeStore code_;
  catalog::EventSourceMappings mappings_;
  std::unique_ptr<runtime::Runtime> runtime_;
  lambda::FunctionMeters meters_;
  lambda::Lambda lambda_;
  lambda::AsyncInvocations async_;
  lambda::FunctionUrls urls_;
  triggers::InvokeHandler handler_;
  triggers::BucketDestination failures_;
  triggers::Triggers triggers_;
};

}  // namespace millrace::server
