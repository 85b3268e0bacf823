// Event source mappings at work: a committed record reaches its function at once, in order per key, at least once, whatever
// fails in between. Positions are durable, so a restart skips nothing (docs/design/0010-triggers.md).
//
// run() is spawned once, on one of `executors`, each of which must be single-threaded; mappings are spread over them. stop()
// must have completed before anything of the world goes away.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "triggers/mapping_runner.h"

namespace millrace::triggers {

class Triggers {
 public:
  Triggers(const TriggersWorld& world, std::vector<boost::asio::any_io_executor> executors);
  ~Triggers();

  // Follows the mappings until stop().
  base::Task<> run();
  // Batches at work may finish within `patience`; then they are ended, and repeated at the next start. Call once, on the
  // executor of run().
  base::Task<> stop(std::chrono::milliseconds patience);

 private:
  base::Task<> follow();
  base::Task<> look(const std::vector<std::string>* only);
  void apply(catalog::EventSourceMapping mapping);
  void start_runner(catalog::EventSourceMapping mapping);
  base::Task<> give_up_at(base::SteadyTime deadline);
  const boost::asio::any_io_executor& executor_for(const std::string& uuid) const;

  const TriggersWorld world_;
  const std::vector<boost::asio::any_io_executor> executors_;
  struct Running;
  std::unique_ptr<Running> running_;  // while run() runs
};

}  // namespace millrace::triggers
