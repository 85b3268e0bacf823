// Consumes a stream for one mapping: a consumer for each shard, parents before their children. The end of a shard says that there are
// children, so nobody polls for them; what was read to its end is known from the positions, after a restart too. One executor.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "triggers/shard_consumer.h"

namespace millrace::triggers {

class StreamConsumer {
 public:
  // `world` must outlive it.
  StreamConsumer(const ConsumerWorld& world, const boost::asio::any_io_executor& executor);

  // Until stop(), or until the stream is closed and all of it dealt with. Call once.
  base::Task<> run(stream::Stream found);
  // Reads no more; batches at work are finished.
  void stop();
  // Ends invocations at work too; they will be repeated.
  void cancel();

 private:
  base::Task<> consume(ShardConsumer& shard);
  void start_ready();
  bool is_ready(const stream::Shard& shard) const;
  bool take_ended();
  base::Task<> look_again();
  base::Task<> forget_others();

  const ConsumerWorld& world_;
  const boost::asio::any_io_executor executor_;
  stream::Stream stream_;                                          // as it was when last looked at
  std::map<std::string, std::unique_ptr<ShardConsumer>> running_;  // by shard id
  std::set<std::string> ended_;                                    // of those in running_
  std::set<std::string> finished_;                                 // shards that were read to their end
  std::set<std::string>
      lost_;  // shards whose consumers ended otherwise, by a bug or a store that stopped: not begun again
  TaskGroup tasks_;
  Wake changed_;
  bool stopping_ = false;
};

}  // namespace millrace::triggers
