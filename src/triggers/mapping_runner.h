// Follows one mapping: runs its consumer while it is enabled, starts it anew after a change, and settles each
// transition. One executor; Triggers reaches it by posting there.
#pragma once

#include <memory>
#include <optional>

#include "triggers/stream_consumer.h"

namespace millrace::triggers {

// Of the whole server; outlives every runner.
struct TriggersWorld {
  store::Store& store;
  catalog::EventSourceMappings& mappings;
  base::Clock& clock;
  base::Random& random;
  base::Registry& registry;
  BatchHandler& handler;
  FailureDestination& failures;
  IteratorAgeSink iterator_age;  // may be empty
};

class MappingRunner {
 public:
  MappingRunner(const TriggersWorld& world, catalog::EventSourceMapping mapping,
                const boost::asio::any_io_executor& executor);

  const boost::asio::any_io_executor& executor() const { return executor_; }
  // Until stop(), or until the mapping is deleted.
  base::Task<> run();
  void change(catalog::EventSourceMapping mapping);
  void stop();
  void cancel();

 private:
  base::Task<> consume(const catalog::EventSourceMapping& mapping);
  base::Task<std::optional<stream::Stream>> find_stream(const catalog::EventSourceMapping& mapping);
  bool superseded(const catalog::EventSourceMapping& mapping) const {
    return stopping_ || wanted_.version != mapping.version;
  }
  base::Task<> settle(const catalog::EventSourceMapping& mapping);

  const TriggersWorld& world_;
  const boost::asio::any_io_executor executor_;
  TriggerMetrics metrics_;
  catalog::EventSourceMapping wanted_;
  std::optional<StreamConsumer> consumer_;  // while it runs
  Wake changed_;
  bool stopping_ = false;
};

}  // namespace millrace::triggers
