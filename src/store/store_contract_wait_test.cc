// What every engine must do for those who wait for an append, and when it stops.
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "store/store_contract_testing.h"

namespace millrace::store {
namespace {

using namespace contract;

class StoreWaits : public Contract {};
INSTANTIATE_TEST_SUITE_P(Engines, StoreWaits, contract_engines(), engine_name);

TEST_P(StoreWaits, AWaitForWhatIsThereCompletesAtOnce) {
  const Sequence first = append(1, "a");
  EXPECT_TRUE(run(context_, store_->wait_for_append(1, 0)));
  EXPECT_TRUE(run(context_, store_->wait_for_append(1, first - 1)));
}

TEST_P(StoreWaits, AWaitIsWokenByTheAppendAndSeesIt) {
  const Sequence first = append(1, "a");
  struct Waiter {
    static base::Task<> wait(Store& store, Sequence after, int& seen) {
      EXPECT_TRUE(co_await store.wait_for_append(1, after));
      auto body = [&seen, after](Reader& view) {
        seen = 0;
        return view.read_log(1, after + 1, [&seen](Sequence, std::string_view) {
          ++seen;
          return Visit::kContinue;
        });
      };
      EXPECT_TRUE(co_await store.read(body));
    }
  };
  std::thread waiting;
  int seen = 0;
  auto& elsewhere = elsewhere_[0];
  boost::asio::co_spawn(elsewhere, Waiter::wait(*store_, first, seen), boost::asio::detached);
  while (elsewhere.poll() > 0) {
  }
  EXPECT_EQ(seen, 0);
  waiting = std::thread([&] { elsewhere.run(); });
  append(2, "other");
  append(1, "b");
  waiting.join();
  EXPECT_EQ(seen, 1);
}

TEST_P(StoreWaits, ACancelledWaitEndsEarly) {
  for (int round = 0; round < 20; ++round) {
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    boost::asio::co_spawn(
        context_, store_->wait_for_append(77, 1000),
        boost::asio::bind_cancellation_slot(
            cancel.slot(), [&](std::exception_ptr, base::Result<void, StoreError>) { ended = true; }));
    context_.restart();
    context_.poll();
    EXPECT_FALSE(ended);
    cancel.emit(boost::asio::cancellation_type::terminal);
    context_.run();
    EXPECT_TRUE(ended);
  }
  append(77, "nobody waits");
}

TEST_P(StoreWaits, StopEndsWaitsAndRefusesWork) {
  std::optional<base::Result<void, StoreError>> waited;
  boost::asio::co_spawn(context_, store_->wait_for_append(1, 0),
                        [&](std::exception_ptr, base::Result<void, StoreError> result) { waited = result; });
  context_.restart();
  context_.poll();
  store_->stop();
  context_.run();
  ASSERT_TRUE(waited);
  EXPECT_EQ(waited->error(), StoreError::kStopped);
  const auto written = write([](Batch& batch) { batch.put("a", "1"); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), StoreError::kStopped);
  auto body = [](Reader&) -> base::Result<void, StoreError> { return {}; };
  EXPECT_EQ(run(context_, store_->read(body)).error(), StoreError::kStopped);
}

}  // namespace
}  // namespace millrace::store
