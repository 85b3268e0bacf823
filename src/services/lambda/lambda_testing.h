// The Lambda service over an in-memory store and an invoker that does as told; for tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/catalog/catalog.h"
#include "runtime/code_store.h"
#include "runtime/invoker.h"
#include "services/lambda/lambda.h"
#include "store/memory_store_testing.h"
#include "store/temp_folder_testing.h"
#include "wire/context.h"

namespace millrace::lambda {

// Answers every invocation with `chunks`, then ends with `outcome`.
class FakeInvoker final : public runtime::Invoker {
 public:
  base::Task<runtime::InvokeOutcome> invoke(runtime::Invocation invocation,
                                            runtime::ResponseSink& sink) override;
  void retire(std::string_view function_arn) override { retired.emplace_back(function_arn); }

  void provision(std::vector<runtime::Provision> wanted) override { provisions = std::move(wanted); }
  runtime::ProvisionState provisioned(std::string_view) const override { return state; }

  std::vector<runtime::Provision> provisions;
  runtime::ProvisionState state;
  std::string content_type = "application/json";
  bool streamed = false;
  std::vector<std::string> chunks{"null"};
  runtime::InvokeOutcome outcome;
  int fail_first = 0;  // so many invocations fail before the others do as told
  std::vector<runtime::Invocation> seen;
  std::vector<std::string> retired;
};

// A zip with one stored entry, index.js.
std::string one_file_zip(std::string_view content);

struct LambdaForTests {
  LambdaForTests();

  wire::RequestContext context(std::string_view operation = "Test") const;
  // A function that is there, with a package, and with a URL when an auth type is given.
  void make_function(const std::string& name);

  store::TempFolder folder;
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
  std::unique_ptr<base::Random> random = base::make_seeded_random(11);
  catalog::Catalog catalog{*store};
  catalog::EventSourceMappings mappings{*store, *clock, *random};
  FakeInvoker invoker;
  runtime::CodeStore code{folder.path(), "", ""};
  store::TempFolder bucket_folder;
  object::Objects objects{bucket_folder.path(), *store, *clock};
  std::unique_ptr<Lambda> service;
};

}  // namespace millrace::lambda
