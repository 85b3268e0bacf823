#include "services/lambda/function_meters.h"

#include "base/text.h"

namespace millrace::lambda {

FunctionMeters::Of FunctionMeters::of(const runtime::FunctionSpec& function) {
  Of out{function.account, function.region, function.name, function.name};
  // arn:aws:lambda:region:account:function:name[:qualifier]
  const auto parts = base::split(function.arn, ':');
  if (parts.size() > 7) out.resource.append(":").append(parts[7]);
  return out;
}

void FunctionMeters::tell(const Of& function, std::string_view metric, double value, std::string_view unit) {
  const std::pair<std::string, std::string> name{"FunctionName", function.name},
      resource{"Resource", function.resource};
  for (const telemetry::Dimensions& dimensions :
       {telemetry::Dimensions{}, telemetry::Dimensions{name}, telemetry::Dimensions{name, resource}}) {
    telemetry::Sample sample;
    sample.key = {function.account, function.region, "AWS/Lambda", std::string(metric), dimensions};
    sample.unit = unit;
    sample.time = clock_.now();
    sample.fine = true;
    sample.values.add(value);
    metrics_.record(std::move(sample));
  }
}

int FunctionMeters::count_running(const std::string& key, int change) {
  std::lock_guard lock(mutex_);
  const auto at = running_.try_emplace(key).first;
  const int now = at->second += change;
  if (now == 0) running_.erase(at);
  return now;
}

base::Task<runtime::InvokeOutcome> FunctionMeters::invoke(runtime::Invocation invocation,
                                                          runtime::ResponseSink& sink) {
  // Gives its place back however the invocation ends.
  struct Running {
    FunctionMeters& meters;
    std::string key;
    int count;
    Running(FunctionMeters& m, const Of& function)
        : meters(m),
          key(function.account + "/" + function.region + "/" + function.name),
          count(m.count_running(key, 1)) {}
    ~Running() { meters.count_running(key, -1); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
  };
  const Of function = of(*invocation.function);
  const Running running(*this, function);
  runtime::InvokeOutcome outcome = co_await invoker_.invoke(std::move(invocation), sink);
  if (outcome.failure == runtime::InvokeFailure::kThrottled) {
    tell(function, "Throttles", 1, "Count");
    co_return outcome;
  }
  tell(function, "ConcurrentExecutions", running.count, "Count");
  tell(function, "Invocations", 1, "Count");
  tell(function, "Throttles", 0, "Count");
  const bool failed = outcome.failure != runtime::InvokeFailure::kNone &&
                      outcome.failure != runtime::InvokeFailure::kCancelled;
  tell(function, "Errors", failed ? 1 : 0, "Count");
  tell(function, "Duration", std::chrono::duration<double, std::milli>(outcome.duration).count(),
       "Milliseconds");
  co_return outcome;
}

void FunctionMeters::throttled(const runtime::FunctionSpec& function) {
  tell(of(function), "Throttles", 1, "Count");
}

void FunctionMeters::iterator_age(std::string_view function_arn, std::chrono::milliseconds age) {
  const auto parts = base::split(function_arn, ':');
  if (parts.size() < 7) return;
  Of function{std::string(parts[4]), std::string(parts[3]), std::string(parts[6]), std::string(parts[6])};
  if (parts.size() > 7) function.resource.append(":").append(parts[7]);
  tell(function, "IteratorAge", static_cast<double>(age.count()), "Milliseconds");
}

}  // namespace millrace::lambda
