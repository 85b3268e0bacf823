// Launcher: turns "a Node or Python process with these flags" into a request to the spawner. Decides once, at start, under which user sandboxes
// run, and logs what holds. Any thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/runtime.h"
#include "runtime/sandbox.h"

namespace millrace::runtime {

enum class Language { kNode, kPython };

struct LaunchPlan {
  std::string key;  // equal plans have equal keys
  Language language = Language::kNode;
  std::vector<std::string> flags;  // of the interpreter
  std::map<std::string, std::string> environment;
  std::uint32_t memory_mb = 128;
  std::string program;  // of a custom runtime; empty: the interpreter with our bootstrap
  std::string folder = "/";
  RoomContents contents;   // of a custom runtime, whose package must be there when it starts
  std::string log_stream;  // of a custom runtime, whose environment is fixed when it starts
  FunctionPtr function;    // of a custom runtime
  ExtensionLaunch extensions;
  bool generic = true;  // may be started before its function is known
};

class Launcher {
 public:
  Launcher(const RuntimeOptions& options, const RuntimeWorld& world);

  // Its package has its own program, "bootstrap", which speaks the Runtime API (provided.al2, provided.al2023, ...).
  static bool is_custom(const FunctionSpec& function);
  LaunchPlan custom_plan(const FunctionSpec& function, const std::string& task_root,
                         const std::string& opt) const;
  // nullopt when this server cannot run the function's runtime.
  static std::optional<LaunchPlan> plan(const FunctionSpec& function);
  // The process is on its way; failures come as the spawner's event and as a closed channel. `ahead`: nobody waits for it yet.
  base::Result<SandboxPtr, std::string> launch(const LaunchPlan& plan, bool ahead);
  // For a sandbox of a managed runtime, before it gets its function: an API for its extensions. Its address.
  base::Result<std::string, std::string> give_extensions(Sandbox& sandbox, FunctionPtr function);
  // Starts a program of sandbox.extension_launch; the number of its process with the spawner.
  base::Result<std::uint64_t, std::string> start_extension(const Sandbox& sandbox, const std::string& name);

 private:
  void choose_room();
  void choose_user();
  void find_visible();
  std::shared_ptr<Extensions> make_extensions(std::uint64_t id, std::shared_ptr<LogPump> logs,
                                              FunctionPtr function);
  base::Result<SpawnRequest, std::string> describe(const LaunchPlan& plan, bool ahead) const;
  base::Result<std::vector<std::string>, std::string> interpreter(const LaunchPlan& plan, bool ahead) const;

  const RuntimeOptions& options_;
  const RuntimeWorld& world_;
  std::string node_;  // absolute; empty: not installed
  std::string python_;
  std::vector<std::string> visible_;  // in rooms, beside the system's programs
  bool rooms_ = false;                // sandboxes have namespaces of their own
  std::uint32_t first_user_ = 0;      // 0: sandboxes run as the server's own user
  std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace millrace::runtime
