#include "runtime/pool.h"

#include <algorithm>
#include <signal.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "runtime/environment.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kTypicalSandboxMb = 80;
constexpr auto kRoomPatience = std::chrono::seconds(30);
constexpr auto kTurnPatience = std::chrono::seconds(60);

// As many processes as three quarters of the memory would hold.
std::uint32_t sandboxes_by_memory() {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(pages * page / (1U << 20) * 3 / 4 / kTypicalSandboxMb, 4, 1000));
}

AcquireFailure rate_exceeded() {
  return {AcquireFailure::Kind::kBusy, "TooManyRequestsException", "Rate Exceeded."};
}

std::string_view text_of(EndReason reason) {
  switch (reason) {
    case EndReason::kTimeout:
      return "timeout";
    case EndReason::kSpindown:
      return "spindown";
    case EndReason::kFailure:
      break;
  }
  return "failure";
}

void erase_from(std::vector<SandboxPtr>& list, const SandboxPtr& sandbox) {
  std::erase(list, sandbox);
}

}  // namespace

std::string sandbox_key(const FunctionSpec& function) {
  return fmt::format("{}\n{}\n{}", function.arn, function.revision, function.code_sha256);
}

SandboxPool::SandboxPool(const RuntimeOptions& options, const RuntimeWorld& world)
    : options_(options),
      world_(world),
      launcher_(options, world),
      limit_(options.sandboxes != 0 ? options.sandboxes : sandboxes_by_memory()),
      starts_at_once_(std::max(4U, 2 * std::thread::hardware_concurrency())),
      live_gauge_(world.metrics->gauge("sandboxes", "", "Sandbox processes alive")),
      launched_counter_(world.metrics->counter("sandboxes_started_total", "", "Sandbox processes started")),
      sweep_timer_(*world.threads.front()) {}

void SandboxPool::start() {
  world_.spawner->deliver_events(*world_.threads.front(), [weak = weak_from_this()](const SpawnEvent& event) {
    if (const auto self = weak.lock()) self->on_event(event);
  });
}

SandboxPtr SandboxPool::take_idle(const std::string& key, const asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  const auto found = idle_.find(key);
  if (found == idle_.end() || found->second.empty()) return nullptr;
  auto& list = found->second;
  // The most recent of this thread costs no re-registration; else the most recent of all.
  auto at = std::find_if(list.rbegin(), list.rend(),
                         [&](const SandboxPtr& s) { return s->channel.attached_to(executor); });
  if (at == list.rend()) at = list.rbegin();
  SandboxPtr sandbox = *at;
  list.erase(std::next(at).base());
  busy_.emplace(sandbox->id, sandbox);
  return sandbox;
}

// With the lock held: counts one more sandbox, making room by killing the one idle for longest if need be.
bool SandboxPool::take_slot_locked() {
  if (live_ < limit_) {
    live_gauge_.set(++live_);
    return true;
  }
  SandboxPtr oldest;
  const auto consider = [&oldest](const std::vector<SandboxPtr>& list, std::size_t surplus) {
    for (std::size_t i = 0; i < surplus; ++i) {
      if (!oldest || list[i]->idle_since < oldest->idle_since) oldest = list[i];
    }
  };
  for (const auto& [key, list] : generic_)
    consider(list, list.size());
  if (!oldest) {
    for (const auto& [key, list] : idle_)
      consider(list, surplus_locked(key, list));
  }
  if (!oldest) return false;
  forget_locked(oldest);
  world_.spawner->signal(oldest->id, SIGKILL);
  return true;  // its slot is ours
}

void SandboxPool::grant_slot_locked() {
  const WaiterPtr waiter = take_waiter_locked(Want::kSlot);
  if (!waiter) {
    live_gauge_.set(--live_);
    return;
  }
  waiter->slot = true;
  asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
}

base::Task<SandboxPool::WaiterPtr> SandboxPool::wait_for_room(std::string key) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(key));
  waiter->timer.expires_after(kRoomPatience);
  {
    const std::lock_guard lock(mutex_);
    if (take_slot_locked()) {
      waiter->slot = true;
      co_return waiter;
    }
    waiters_.push_back(waiter);
  }
  co_await wait_as(waiter);
  co_return waiter;
}

SandboxPool::WaiterPtr SandboxPool::take_waiter_locked(Want want) {
  const auto found =
      std::find_if(waiters_.begin(), waiters_.end(), [want](const WaiterPtr& w) { return w->want == want; });
  if (found == waiters_.end()) return nullptr;
  WaiterPtr waiter = *found;
  waiters_.erase(found);
  return waiter;
}

// With its slot in hand: until fewer sandboxes are loading, or one of the same function becomes free.
base::Task<SandboxPool::WaiterPtr> SandboxPool::wait_for_turn(std::string key) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(key));
  waiter->timer.expires_after(kTurnPatience);
  waiter->want = Want::kTurn;
  {
    const std::lock_guard lock(mutex_);
    if (starting_ < starts_at_once_) {
      ++starting_;
      waiter->turn = true;
      co_return waiter;
    }
    waiters_.push_back(waiter);
  }
  co_await wait_as(waiter);
  co_return waiter;
}

void SandboxPool::end_turn_locked(const SandboxPtr& sandbox) {
  if (!std::exchange(sandbox->has_turn, false)) return;
  const WaiterPtr waiter = closed_ ? nullptr : take_waiter_locked(Want::kTurn);
  if (!waiter) {
    --starting_;
    return;
  }
  waiter->turn = true;
  asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
}

void SandboxPool::loaded(const SandboxPtr& sandbox, bool good) {
  const std::lock_guard lock(mutex_);
  sandbox->counts = good;
  end_turn_locked(sandbox);
}

base::Task<> SandboxPool::wait_as(WaiterPtr waiter) {
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await waiter->timer.async_wait(token);
  const std::lock_guard lock(mutex_);
  std::erase(waiters_, waiter);
}

base::Task<SandboxPtr> SandboxPool::wait_for_handover(std::string key) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(key));
  waiter->timer.expires_after(options_.handover_patience);
  waiter->want = Want::kSandbox;
  {
    const std::lock_guard lock(mutex_);
    if (!finishing_.contains(waiter->key)) co_return nullptr;
    waiters_.push_back(waiter);
  }
  co_await wait_as(waiter);
  co_return waiter->sandbox;
}

base::Task<base::Result<SandboxPtr, AcquireFailure>> SandboxPool::acquire(FunctionPtr function) {
  const std::string key = sandbox_key(*function);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  if (SandboxPtr warm = take_idle(key, executor)) co_return warm;

  if (SandboxPtr handed = co_await wait_for_handover(key)) co_return handed;
  auto started = co_await start_one(std::move(function));
  co_return started;
}

base::Task<base::Result<SandboxPtr, AcquireFailure>> SandboxPool::start_one(FunctionPtr function) {
  const std::string key = sandbox_key(*function);
  const auto plan = co_await plan_for(function);
  if (!plan) co_return base::fail(plan.error());
  const WaiterPtr room = co_await wait_for_room(key);
  if (room->sandbox) co_return room->sandbox;
  if (!room->slot) co_return base::fail(rate_exceeded());
  const WaiterPtr turn = co_await wait_for_turn(key);
  if (!turn->turn) {
    const std::lock_guard lock(mutex_);
    grant_slot_locked();
    if (turn->sandbox) co_return turn->sandbox;
    co_return base::fail(rate_exceeded());
  }
  auto sandbox = obtain(*plan, function, key);
  if (!sandbox) co_return sandbox;
  schedule_sweep();
  co_return sandbox;
}

base::Task<base::Result<LaunchPlan, AcquireFailure>> SandboxPool::plan_for(FunctionPtr function) {
  if (Launcher::is_custom(*function)) {
    const auto root = co_await world_.code->unpacked(function->code_sha256, layout_of(*function));
    const auto opt = co_await world_.code->layers(function->layer_sha256);
    if (!root || !opt) {
      const std::string& why = root ? opt.error().message : root.error().message;
      co_return base::fail(
          AcquireFailure{AcquireFailure::Kind::kUnavailable, "Runtime.CodeUnavailable", why});
    }
    co_return launcher_.custom_plan(*function, *root, *opt);
  }
  auto plan = Launcher::plan(*function);
  if (!plan) {
    const std::string why = fmt::format("This server cannot run the runtime {} yet", function->runtime_id);
    co_return base::fail(AcquireFailure{AcquireFailure::Kind::kUnavailable, "Runtime.Unsupported", why});
  }
  if (!plan->generic && options_.rooms) {
    // What makes it special (NODE_OPTIONS, a certificate file) may name files of the package or its layers, needed as it starts.
    const auto root = co_await world_.code->unpacked(function->code_sha256, layout_of(*function));
    const auto opt = co_await world_.code->layers(function->layer_sha256);
    if (root && opt) plan->contents = contents_of(*function, Placement{*root, *opt, {}}, options_);
  }
  co_return std::move(*plan);
}

// Uses up a slot: a generic process that waits, or a new one. It gets its function with the lock held, for the sweep looks at it.
base::Result<SandboxPtr, AcquireFailure> SandboxPool::obtain(const LaunchPlan& plan, FunctionPtr function,
                                                             const std::string& key) {
  const std::lock_guard lock(mutex_);
  generic_wanted_[plan.key] = world_.clock->steady_now();
  SandboxPtr sandbox;
  if (auto& ready = generic_[plan.key]; !ready.empty()) {
    sandbox = ready.back();
    ready.pop_back();
    grant_slot_locked();  // it had a slot already
    sandbox->launched = world_.clock->steady_now();
  } else {
    auto launched = launch_locked(plan, false);
    if (!launched) {
      grant_slot_locked();
      --starting_;
      return base::fail(
          AcquireFailure{AcquireFailure::Kind::kUnavailable, "Runtime.InvalidEntrypoint", launched.error()});
    }
    sandbox = std::move(*launched);
  }
  sandbox->has_turn = true;
  sandbox->function = std::move(function);
  sandbox->key = key;
  busy_.emplace(sandbox->id, sandbox);
  return sandbox;
}

// With the lock held, so that it is listed before the spawner's events about it are looked at.
base::Result<SandboxPtr, std::string> SandboxPool::launch_locked(const LaunchPlan& plan, bool ahead) {
  if (closed_) return base::fail(std::string("the server is stopping"));
  auto launched = launcher_.launch(plan, ahead);
  if (!launched) return launched;
  launched_counter_.add();
  (*launched)->idle_since = world_.clock->steady_now();
  all_.emplace((*launched)->id, *launched);
  return launched;
}

void SandboxPool::keep_ahead(const LaunchPlan& plan) {
  if (!plan.generic) return;
  const std::lock_guard lock(mutex_);
  generic_wanted_[plan.key] = world_.clock->steady_now();
  auto& ready = generic_[plan.key];
  // Never at the cost of a warm one.
  if (closed_ || ready.size() >= options_.prestarted || live_ >= limit_) return;
  live_gauge_.set(++live_);
  auto launched = launch_locked(plan, true);
  if (!launched) {
    base::log(base::LogLevel::kWarning, "no process could be started ahead: {}", launched.error());
    grant_slot_locked();
    return;
  }
  ready.push_back(*launched);
}

void SandboxPool::prepare(const FunctionSpec& function) {
  if (options_.prestarted == 0) return;
  if (const auto plan = Launcher::plan(function)) keep_ahead(*plan);
  schedule_sweep();
}

void SandboxPool::about_to_release(const SandboxPtr& sandbox) {
  const std::lock_guard lock(mutex_);
  finishing_[sandbox->key].push_back(sandbox);
}

// With the lock held: an acquire() of the same function that waits gets it at once.
bool SandboxPool::give_to_waiter_locked(const SandboxPtr& sandbox) {
  const auto same = [&sandbox](const WaiterPtr& w) { return w->key == sandbox->key; };
  const auto found = std::find_if(waiters_.begin(), waiters_.end(), same);
  if (found == waiters_.end()) return false;
  const WaiterPtr waiter = *found;
  waiters_.erase(found);
  waiter->sandbox = sandbox;
  busy_.emplace(sandbox->id, sandbox);
  asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
  return true;
}

void SandboxPool::release(const SandboxPtr& sandbox) {
  const std::lock_guard lock(mutex_);
  sandbox->idle_since = world_.clock->steady_now();
  const bool dead = !all_.contains(sandbox->id);
  if (!forget_locked(sandbox)) return;
  if (dead) return grant_slot_locked();
  if (!closed_ && give_to_waiter_locked(sandbox)) return;
  const auto wants_slot = [](const WaiterPtr& w) { return w->want == Want::kSlot; };
  const bool room_wanted = std::any_of(waiters_.begin(), waiters_.end(), wants_slot);
  if (closed_ || room_wanted) {
    world_.spawner->signal(sandbox->id, SIGKILL);
    grant_slot_locked();
    return;
  }
  idle_[sandbox->key].push_back(sandbox);
}

void SandboxPool::discard(const SandboxPtr& sandbox) {
  end_process(sandbox);
  const std::lock_guard lock(mutex_);
  if (forget_locked(sandbox)) grant_slot_locked();
}

void SandboxPool::kill(const SandboxPtr& sandbox) {
  world_.spawner->signal(sandbox->id, SIGKILL);
}

// Takes it off every list; true when it was on one, so that its slot is free. It stays in all_ until its exit is known.
bool SandboxPool::forget_locked(const SandboxPtr& sandbox) {
  end_turn_locked(sandbox);
  bool listed = busy_.erase(sandbox->id) != 0;
  const auto drop = [&](auto& lists, const std::string& key) {
    const auto found = lists.find(key);
    if (found == lists.end()) return;
    const std::size_t before = found->second.size();
    erase_from(found->second, sandbox);
    listed = listed || found->second.size() != before;
    if (found->second.empty()) lists.erase(found);
  };
  drop(idle_, sandbox->key);
  drop(finishing_, sandbox->key);
  drop(generic_, sandbox->launch);
  return listed;
}

void SandboxPool::retire(std::string_view function_arn) {
  const std::string prefix = fmt::format("{}\n", function_arn);
  std::vector<SandboxPtr> old;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, list] : idle_) {
      if (key.starts_with(prefix)) old.insert(old.end(), list.begin(), list.end());
    }
  }
  for (const SandboxPtr& sandbox : old)
    discard(sandbox);
}

void SandboxPool::close() {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [id, sandbox] : all_)
      ids.push_back(id);
    sweep_timer_.cancel();
  }
  for (const std::uint64_t id : ids)
    world_.spawner->signal(id, SIGKILL);
}

bool SandboxPool::empty() const {
  const std::lock_guard lock(mutex_);
  return all_.empty() && extension_processes_.empty();
}

void SandboxPool::on_event(const SpawnEvent& event) {
  SandboxPtr sandbox;
  {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(event.id);
    if (found == all_.end()) return on_extension_event(event);
    sandbox = found->second;
    if (event.kind == SpawnEvent::Kind::kStarted) {
      sandbox->pid = event.pid;
      return;
    }
    if (event.kind == SpawnEvent::Kind::kFurnished) {
      sandbox->set_furnished(event);
      return;
    }
    all_.erase(found);
    // A busy one is its invocation's to give up; one that died idle is gone now.
    if (!busy_.contains(event.id) && forget_locked(sandbox)) grant_slot_locked();
  }
  sandbox->logs->drain();
  sandbox->set_exit(event);
  if (sandbox->extensions) sandbox->extensions->shut_down(text_of(sandbox->end_reason));
  if (sandbox->api) sandbox->api->close();
}

}  // namespace millrace::runtime
