// Extensions of sandboxes, as the pool sees them: more processes.
#include <signal.h>

#include "runtime/pool.h"
#include "runtime/report.h"

namespace millrace::runtime {

base::Result<std::string, std::string> SandboxPool::give_extensions(const SandboxPtr& sandbox,
                                                                    FunctionPtr function) {
  return launcher_.give_extensions(*sandbox, std::move(function));
}

std::string SandboxPool::start_extensions(const SandboxPtr& sandbox) {
  const std::lock_guard lock(mutex_);  // listed before the spawner's events about them are looked at
  for (const std::string& name : sandbox->extension_launch.names) {
    const auto process = launcher_.start_extension(*sandbox, name);
    if (!process) return process.error();
    sandbox->extensions->expect(name, *process);
    extension_processes_.emplace(*process, sandbox->extensions);
  }
  return {};
}

// With the lock held.
void SandboxPool::on_extension_event(const SpawnEvent& event) {
  const auto found = extension_processes_.find(event.id);
  if (found == extension_processes_.end() || event.kind == SpawnEvent::Kind::kStarted ||
      event.kind == SpawnEvent::Kind::kFurnished)
    return;
  const bool ran = event.kind == SpawnEvent::Kind::kExited;
  found->second->ended(event.id, ran ? describe_exit(event.status) : "could not be started: " + event.error);
  extension_processes_.erase(found);
}

// At once, unless extensions want to know: then the runtime may put its things in order as well.
void SandboxPool::end_process(const SandboxPtr& sandbox) {
  if (sandbox->extensions && sandbox->extensions->any() && !sandbox->exited()) {
    EndReason not_known = EndReason::kFailure;
    sandbox->end_reason.compare_exchange_strong(not_known, EndReason::kSpindown);
    sandbox->extensions->stop_runtime();
  } else {
    world_.spawner->signal(sandbox->id, SIGKILL);
  }
}

}  // namespace millrace::runtime
