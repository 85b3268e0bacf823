#include "runtime/runtime.h"

#include <atomic>
#include <map>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "runtime/invocation.h"
#include "runtime/pool.h"
#include "runtime/provisioner.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

// Counts one thing under way for as long as it lives.
class Counted {
 public:
  explicit Counted(std::shared_ptr<std::atomic<std::uint32_t>> count)
      : count_(std::move(count)), value_(count_->fetch_add(1) + 1) {}
  Counted(Counted&& other) noexcept : count_(std::move(other.count_)), value_(other.value_) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (count_) count_->fetch_sub(1);
  }
  std::uint32_t value() const { return value_; }

 private:
  std::shared_ptr<std::atomic<std::uint32_t>> count_;
  std::uint32_t value_;
};

InvokeOutcome refused(InvokeFailure failure, std::string_view type, std::string_view message) {
  InvokeOutcome outcome;
  outcome.failure = failure;
  outcome.error_json = error_document(type, message);
  return outcome;
}

// What a handler still does after its answer is complete, or after its client has gone.
base::Task<> run_on(std::unique_ptr<NodeInvocation> invocation, [[maybe_unused]] Counted counted) {
  co_await invocation->finish();
  invocation.reset();
}

class SandboxRuntime final : public Runtime, private Warmer {
 public:
  SandboxRuntime(RuntimeOptions options, RuntimeWorld world)
      : options_(std::move(options)),
        world_(std::move(world)),
        pool_(std::make_shared<SandboxPool>(options_, world_)),
        provisioner_(std::make_shared<Provisioner>(*world_.threads.front(), *world_.clock, pool_,
                                                   static_cast<Warmer&>(*this))) {
    pool_->start();
  }
  ~SandboxRuntime() override {
    provisioner_->close();
    pool_->close();
    world_.spawner->stop_events();
  }

  base::Task<InvokeOutcome> invoke(Invocation invocation, ResponseSink& sink) override {
    Counted counted(under_way_);
    if (stopping_)
      co_return refused(InvokeFailure::kUnavailable, "ServiceException", "The server is stopping.");
    if (counted.value() > options_.concurrency) {
      co_return refused(InvokeFailure::kThrottled, "TooManyRequestsException", "Rate Exceeded.");
    }
    // A cancelled caller still has its sandbox put in order, so cancellation is looked at, not thrown.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    if (CodeStore::is_hot(invocation.function->code_sha256)) {
      FunctionPtr current = co_await as_it_is_now(invocation.function);
      invocation.function = std::move(current);
    }
    const FunctionPtr function = invocation.function;
    const auto sandbox = co_await pool_->acquire(function);
    InvokeOutcome outcome;
    if (!sandbox) {
      const bool busy = sandbox.error().kind == AcquireFailure::Kind::kBusy;
      outcome = refused(busy ? InvokeFailure::kThrottled : InvokeFailure::kUnavailable, sandbox.error().type,
                        sandbox.error().message);
    } else {
      const bool cold = !(*sandbox)->initialized;
      auto running =
          std::make_unique<NodeInvocation>(options_, world_, pool_, *sandbox, std::move(invocation));
      outcome = co_await running->run(sink);
      if (!running->finished()) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, run_on(std::move(running), std::move(counted)), asio::detached);
      }
      if (cold) pool_->prepare(*function);
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return outcome;
  }

  void retire(std::string_view function_arn) override { pool_->retire(function_arn); }
  void prepare(FunctionPtr function) override { pool_->prepare(*function); }
  void provision(std::vector<Provision> wanted) override { provisioner_->set(std::move(wanted)); }
  ProvisionState provisioned(std::string_view function_arn) const override {
    return provisioner_->state(function_arn);
  }

  base::Task<> stop(std::chrono::milliseconds patience) override {
    stopping_ = true;
    provisioner_->close();
    const base::SteadyTime end = world_.clock->steady_now() + patience;
    while (under_way_->load() > 0 && world_.clock->steady_now() < end) {
      co_await world_.clock->sleep_for(std::chrono::milliseconds(2));
    }
    pool_->close();
    const base::SteadyTime killed = world_.clock->steady_now() + std::chrono::seconds(2);
    while ((under_way_->load() > 0 || !pool_->empty()) && world_.clock->steady_now() < killed) {
      co_await world_.clock->sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  base::Task<bool> warm(FunctionPtr function) override {
    Counted counted(under_way_);
    if (stopping_) co_return false;
    const auto sandbox = co_await pool_->start_one(function);
    if (!sandbox) co_return false;
    if ((*sandbox)->initialized) {
      pool_->release(*sandbox);
      co_return true;
    }
    Invocation none;
    none.function = std::move(function);
    none.request_id = base::make_uuid(*world_.random);
    NodeInvocation loading(options_, world_, pool_, *sandbox, std::move(none));
    const bool good = co_await loading.warm();
    co_return good;
  }

  // A function whose code is a folder: changed files make another revision, and sandboxes of the one before go away.
  base::Task<FunctionPtr> as_it_is_now(FunctionPtr function) {
    const std::string fingerprint = co_await world_.code->fingerprint(function->code_sha256);
    auto current = std::make_shared<FunctionSpec>(*function);
    current->revision += "@" + fingerprint;
    bool changed = false;
    {
      const std::lock_guard lock(mutex_);
      std::string& last = hot_[function->arn];
      changed = !last.empty() && last != current->revision;
      last = current->revision;
    }
    if (changed) pool_->retire(function->arn);
    co_return current;
  }

  const RuntimeOptions options_;
  const RuntimeWorld world_;
  std::mutex mutex_;
  std::map<std::string, std::string> hot_;  // by ARN, the revision last run; guarded by mutex_
  std::shared_ptr<SandboxPool> pool_;
  std::shared_ptr<Provisioner> provisioner_;
  std::shared_ptr<std::atomic<std::uint32_t>> under_way_ = std::make_shared<std::atomic<std::uint32_t>>(0);
  std::atomic<bool> stopping_{false};
};

}  // namespace

std::unique_ptr<Runtime> make_runtime(RuntimeOptions options, RuntimeWorld world) {
  return std::make_unique<SandboxRuntime>(std::move(options), std::move(world));
}

base::Task<bool> BufferSink::begin(std::string_view, bool) {
  co_return true;
}

base::Task<bool> BufferSink::write(std::string_view bytes) {
  const std::size_t room = limit_ - std::min(limit_, body.size());
  if (bytes.size() > room) too_large = true;
  body.append(bytes.substr(0, room));
  co_return true;
}

}  // namespace millrace::runtime
