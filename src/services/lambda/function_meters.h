// What Lambda tells CloudWatch of functions: namespace AWS/Lambda; each value for all functions together, by FunctionName, and by
// FunctionName and Resource. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
//
// An Invoker before the Invoker, so that every invocation is counted, whoever asks for it. Any thread. What it is given must outlive it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engines/telemetry/metric_store.h"
#include "runtime/invoker.h"

namespace millrace::lambda {

class FunctionMeters final : public runtime::Invoker {
 public:
  FunctionMeters(runtime::Invoker& invoker, telemetry::MetricStore& metrics, base::Clock& clock)
      : invoker_(invoker), metrics_(metrics), clock_(clock) {}

  base::Task<runtime::InvokeOutcome> invoke(runtime::Invocation invocation,
                                            runtime::ResponseSink& sink) override;
  void retire(std::string_view function_arn) override { invoker_.retire(function_arn); }
  void provision(std::vector<runtime::Provision> wanted) override { invoker_.provision(std::move(wanted)); }
  runtime::ProvisionState provisioned(std::string_view function_arn) const override {
    return invoker_.provisioned(function_arn);
  }

  // The meters that stand before an invoker; null: nothing is counted.
  static FunctionMeters* of_invoker(runtime::Invoker& invoker) {
    return dynamic_cast<FunctionMeters*>(&invoker);
  }
  // An invocation that had no place.
  void throttled(const runtime::FunctionSpec& function);
  // Of the last record of a batch that goes to the function of that ARN.
  void iterator_age(std::string_view function_arn, std::chrono::milliseconds age);

 private:
  struct Of {
    std::string account;
    std::string region;
    std::string name;
    std::string resource;  // "name", "name:alias"
  };
  static Of of(const runtime::FunctionSpec& function);
  void tell(const Of& function, std::string_view metric, double value, std::string_view unit);
  // Gives how many invocations of the function run now.
  int count_running(const std::string& key, int change);

  runtime::Invoker& invoker_;
  telemetry::MetricStore& metrics_;
  base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, int, std::less<>> running_;  // guarded by mutex_
};

}  // namespace millrace::lambda
