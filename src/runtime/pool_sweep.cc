// What the pool looks at again and again: memory of busy sandboxes, idle ones that nobody wants; and which of these stay.
#include <algorithm>
#include <iterator>

#include "runtime/pool.h"

namespace millrace::runtime {
namespace {

constexpr auto kBusySweep = std::chrono::milliseconds(100);
constexpr auto kIdleSweep = std::chrono::seconds(1);

}  // namespace

// Of the idle ones, how many from the front may go.
std::size_t SandboxPool::surplus_locked(const std::string& key, const std::vector<SandboxPtr>& idle) const {
  const auto kept = kept_.find(key);
  return kept == kept_.end() ? idle.size() : idle.size() - std::min<std::size_t>(idle.size(), kept->second);
}

SandboxPool::Held SandboxPool::held(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  Held held;
  if (const auto idle = idle_.find(key); idle != idle_.end())
    held.idle = static_cast<std::uint32_t>(idle->second.size());
  held.loaded = held.idle;
  for (const auto& [id, sandbox] : busy_)
    held.loaded += sandbox->counts && sandbox->key == key ? 1 : 0;
  return held;
}

void SandboxPool::keep(std::map<std::string, std::uint32_t> counts) {
  const std::lock_guard lock(mutex_);
  kept_ = std::move(counts);
}

void SandboxPool::schedule_sweep() {
  const std::lock_guard lock(mutex_);
  if (sweeping_ || closed_) return;
  sweeping_ = true;
  sweep_timer_.expires_after(kBusySweep);
  sweep_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->sweep();
  });
}

void SandboxPool::sweep() {
  std::vector<SandboxPtr> over;
  std::vector<SandboxPtr> expired;
  {
    const std::lock_guard lock(mutex_);
    sweep_memory_locked(over);
    sweep_idle_locked(expired);
    sweeping_ = !all_.empty() && !closed_;
    if (sweeping_) {
      sweep_timer_.expires_after(busy_.empty() ? std::chrono::milliseconds(kIdleSweep) : kBusySweep);
      sweep_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self) self->sweep();
      });
    }
  }
  for (const SandboxPtr& sandbox : over)
    kill(sandbox);
  for (const SandboxPtr& sandbox : expired)
    discard(sandbox);
}

void SandboxPool::sweep_memory_locked(std::vector<SandboxPtr>& over) {
  for (const auto& [id, sandbox] : busy_) {
    const std::uint64_t limit_kb = std::uint64_t{sandbox->function ? sandbox->function->memory_mb : 0} << 10;
    if (limit_kb == 0 || resident_kb(sandbox->pid) <= limit_kb) continue;
    sandbox->out_of_memory = true;
    over.push_back(sandbox);
  }
}

void SandboxPool::sweep_idle_locked(std::vector<SandboxPtr>& expired) {
  const base::SteadyTime before = world_.clock->steady_now() - options_.idle;
  for (const auto& [key, list] : idle_) {
    const auto end = list.begin() + static_cast<std::ptrdiff_t>(surplus_locked(key, list));
    std::copy_if(list.begin(), end, std::back_inserter(expired),
                 [before](const SandboxPtr& s) { return s->idle_since < before; });
  }
  for (const auto& [key, list] : generic_) {
    if (generic_wanted_[key] < before) expired.insert(expired.end(), list.begin(), list.end());
  }
}

}  // namespace millrace::runtime
