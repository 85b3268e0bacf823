// Runs batches through runtime::Invoker.
#pragma once

#include <functional>

#include "base/random.h"
#include "runtime/invoker.h"
#include "triggers/batch_handler.h"

namespace millrace::triggers {

// The function (version, alias) that an ARN names now; null when there is none.
using FindFunction = std::function<base::Task<runtime::FunctionPtr>(std::string function_arn)>;

class InvokeHandler final : public BatchHandler {
 public:
  // All must outlive the handler.
  InvokeHandler(runtime::Invoker& invoker, base::Random& random, FindFunction find)
      : invoker_(invoker), random_(random), find_(std::move(find)) {}
  base::Task<BatchAnswer> handle(const catalog::EventSourceMapping& mapping, std::string event) override;

 private:
  runtime::Invoker& invoker_;
  base::Random& random_;
  FindFunction find_;
};

}  // namespace millrace::triggers
