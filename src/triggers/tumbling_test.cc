// Tumbling windows: what the function sees, setting by setting, and that every record is in exactly one window's state.
#include "triggers/tumbling.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "store/run_testing.h"
#include "triggers/mill_testing.h"

namespace millrace::triggers {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(Window, RecordsHaveTheirWindow) {
  const base::WallTime t{seconds(1000)};
  Window window;
  window.enter(t + seconds(7), 30);
  EXPECT_EQ(window.start, 990);
  EXPECT_EQ(window.end, 1020);
  EXPECT_FALSE(window.is_before(t + seconds(19)));
  EXPECT_TRUE(window.is_before(t + seconds(20)));
  window.close(false);
  window.enter(t + seconds(19), 30);  // late: the window that follows
  EXPECT_EQ(window.start, 1020);
  EXPECT_EQ(window.end, 1050);
  window.close(true);
  window.enter(t + seconds(25), 30);  // ended early: the same again
  EXPECT_EQ(window.start, 1020);
}

TEST(Window, IsKeptWhole) {
  Window window;
  window.enter(base::WallTime(seconds(1000)), 60);
  window.lanes = 3;
  window.included = 77;
  window.state = R"({"a":1})";
  const auto back = decode_window(encode_window(window));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode_window(*back), encode_window(window));
  EXPECT_EQ(back->state, window.state);
  EXPECT_FALSE(decode_window("\x02"));
  EXPECT_FALSE(decode_window(encode_window(window).substr(0, 20)));
}

TEST(Window, ReturnedStates) {
  struct Case {
    std::string answer;
    std::optional<std::string> state;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"state":{"a": 1.50, "b":[1]},"batchItemFailures":[]})", R"({"a": 1.50, "b":[1]})"},
           {"null", "{}"},
           {"{}", "{}"},
           {R"({"state":null})", "{}"},
           {R"({"state":[1]})", std::nullopt},
           {R"({"state":"x"})", std::nullopt},
           {"7", std::nullopt},
           {"not json", std::nullopt}}) {
    EXPECT_EQ(returned_state(c.answer), c.state) << c.answer;
  }
}

class TumblingTest : public ::testing::Test {
 protected:
  // {"n": records so far}, or what `instead` says.
  TumblingTest() {
    mill.function.answer = [this](const SeenBatch& batch) {
      if (instead) {
        if (auto other = instead(batch)) return *other;
      }
      return answered(counted(batch));
    };
  }
  std::string counted(const SeenBatch& batch) {
    const auto n = number("n") + static_cast<std::int64_t>(batch.size());
    return fmt::format(R"({{"state":{{"n":{}}}}})", n);
  }
  simdjson::dom::element last_event() { return parser.parse(mill.function.events.back()); }
  std::int64_t number(const char* name) {
    std::int64_t value = 0;
    return last_event()["state"][name].get(value) == simdjson::SUCCESS ? value : 0;
  }
  bool last_is_final() { return bool(last_event()["isFinalInvokeForWindow"]); }
  bool last_is_early() { return bool(last_event()["isWindowTerminatedEarly"]); }
  std::size_t finals() {
    std::size_t count = 0;
    for (const std::string& event : mill.function.events)
      count += event.find(R"("isFinalInvokeForWindow":true)") != std::string::npos;
    return count;
  }
  catalog::EventSourceMapping make(std::function<void(catalog::MappingSettings&)> adjust = {}) {
    auto mapping = mill.mapping_for();
    mapping.settings.tumbling_window_seconds = 10;
    mapping.settings.batch_size = 2;
    if (adjust) adjust(mapping.settings);
    return mill.create(mapping);
  }
  void close_stream() {
    mill.write_in_batch([&](store::Batch& batch) { stream::close(batch, mill.handle, mill.clock.now()); });
  }

  Mill mill;
  std::function<std::optional<BatchAnswer>(const SeenBatch&)> instead;
  simdjson::dom::parser parser;
};

TEST_F(TumblingTest, StateGoesThroughTheWindowAndIsDeliveredAtItsEnd) {
  mill.start();
  make();
  for (int i = 0; i < 5; ++i)
    mill.write("a");
  mill.settle();
  EXPECT_EQ(mill.function.handled.size(), 5u);
  EXPECT_EQ(finals(), 0u);
  EXPECT_THAT(
      mill.function.events.front(),
      HasSubstr(
          R"("window":{"start":"2026-11-21T00:00:00Z","end":"2026-11-21T00:00:10Z"},"state":{},"shardId":"shardId-)"));
  EXPECT_THAT(mill.function.events.front(),
              HasSubstr(R"("eventSourceARN":"arn:aws:dynamodb:eu-west-1:000000000000:table/Bids/stream/)"));
  EXPECT_THAT(mill.function.events.front(),
              HasSubstr(R"(,"isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false})"));
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  mill.settle();
  EXPECT_THAT(mill.function.events.back(), HasSubstr(R"({"Records":[],"window":)"));
  EXPECT_EQ(number("n"), 5);
  EXPECT_FALSE(last_is_early());
  mill.write("a");  // another window begins empty
  mill.settle();
  EXPECT_EQ(number("n"), 0);
  EXPECT_THAT(mill.function.events.back(), HasSubstr(R"("start":"2026-11-21T00:00:10Z")"));
}

TEST_F(TumblingTest, BatchesDoNotSpanWindows) {
  for (int i = 0; i < 3; ++i) {
    mill.write("a");
    mill.pass(seconds(10));
  }
  make([](catalog::MappingSettings& s) { s.batch_size = 100; });
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return finals() == 3; }));
  for (const auto& batch : mill.function.batches)
    EXPECT_LE(batch.size(), 1u);
  EXPECT_EQ(number("n"), 1);
}

TEST_F(TumblingTest, ARestartGoesOnWithTheState) {
  mill.start();
  make();
  for (int i = 0; i < 3; ++i)
    mill.write("a");
  mill.settle();
  mill.stop();
  mill.write("a");
  mill.start();
  mill.settle();
  EXPECT_EQ(number("n"), 3) << "what the fourth record's batch was given";
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  EXPECT_EQ(number("n"), 4);
}

TEST_F(TumblingTest, AStateThatIsTooLargeEndsTheWindow) {
  instead = [&](const SeenBatch& batch) -> std::optional<BatchAnswer> {
    if (batch.empty() || batch.front().value != 1) return std::nullopt;
    return answered(R"({"state":{"n":2,"pad":")" + std::string(kWindowStateLimit, 'x') + "\"}}");
  };
  auto mapping = mill.mapping_for();
  mapping.settings.tumbling_window_seconds = 10;
  mapping.settings.batch_size = 2;
  mapping.settings.batching_window_seconds = 1;  // so that the first two come together
  mill.start();
  mill.create(mapping);
  for (int i = 0; i < 3; ++i)
    mill.write("a");
  std::size_t early = 0;  // which event ended the window
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  while (mill.function.events[early].find(R"("isWindowTerminatedEarly":true)") == std::string::npos)
    ASSERT_LT(++early, mill.function.events.size());
  EXPECT_NE(mill.function.events[early].find(R"("state":{"n":2,)"), std::string::npos);
  ASSERT_TRUE(mill.run_until([&] { return finals() == 2; }));
  EXPECT_FALSE(last_is_early());
  EXPECT_EQ(number("n"), 1) << "the rest of the window has a state of its own";
}

TEST_F(TumblingTest, TheEndOfTheShardEndsTheWindow) {
  make();
  mill.write("a");
  close_stream();
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  EXPECT_TRUE(last_is_early());
  EXPECT_EQ(number("n"), 1);
  mill.pass(seconds(60));
  EXPECT_EQ(finals(), 1u);
}

TEST_F(TumblingTest, AnAnswerWhoseStateIsNoObjectIsAFailure) {
  int bad = 0;
  instead = [&](const SeenBatch& batch) -> std::optional<BatchAnswer> {
    if (batch.empty() || bad++ > 1) return std::nullopt;
    return answered(R"({"state":1})");
  };
  mill.start();
  make([](catalog::MappingSettings& s) { s.maximum_retry_attempts = 5; });
  mill.write("a");
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  EXPECT_EQ(number("n"), 1);
  EXPECT_EQ(mill.function.batches.size(), 4u) << "two failures, one success, the last invocation";
}

TEST_F(TumblingTest, TheLastInvocationIsRetriedAndGivenUp) {
  instead = [&](const SeenBatch& batch) -> std::optional<BatchAnswer> {
    if (batch.empty()) return failed();
    return std::nullopt;
  };
  mill.start();
  make([](catalog::MappingSettings& s) { s.maximum_retry_attempts = 2; });
  mill.write("a");
  ASSERT_TRUE(mill.run_until([&] { return finals() == 3; }));
  mill.pass(seconds(30));
  EXPECT_EQ(finals(), 3u);
  mill.write("a");
  mill.settle();
  EXPECT_EQ(mill.function.handled.size(), 2u) << "the next window goes on";
  EXPECT_EQ(number("n"), 0);
}

TEST_F(TumblingTest, PartialFailuresKeepTheStateOfWhatIsDone) {
  bool first = true;
  instead = [&](const SeenBatch& batch) -> std::optional<BatchAnswer> {
    if (batch.size() != 2 || !std::exchange(first, false)) return std::nullopt;
    return answered(fmt::format(R"({{"state":{{"n":1}},"batchItemFailures":[{{"itemIdentifier":"{}"}}]}})",
                                stream::sequence_text(batch[1].sequence)));
  };
  make([](catalog::MappingSettings& s) { s.report_batch_item_failures = true; });
  mill.write("a");
  mill.write("a");
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return finals() == 1; }));
  EXPECT_EQ(number("n"), 2);
}

TEST_F(TumblingTest, EachLaneHasItsOwnWindow) {
  make([](catalog::MappingSettings& s) { s.parallelization_factor = 10; });
  for (int i = 0; i < 40; ++i)
    mill.write("key" + std::to_string(i));
  mill.start();
  mill.settle();
  ASSERT_EQ(mill.function.handled.size(), 40u);
  mill.pass(seconds(30));
  EXPECT_GT(finals(), 4u);
  std::int64_t sum = 0;
  for (const std::string& event : mill.function.events) {
    const simdjson::dom::element root = parser.parse(event);
    if (bool(root["isFinalInvokeForWindow"])) sum += std::int64_t(root["state"]["n"]);
  }
  EXPECT_EQ(sum, 40);
}

TEST_F(TumblingTest, OtherLanesOrNoWindowsEndWhatIsOpen) {
  mill.start();
  const auto mapping = make();
  mill.write("a");
  mill.settle();
  mill.update(mapping.uuid, [](catalog::EventSourceMapping& m) { m.settings.parallelization_factor = 2; });
  mill.settle();
  ASSERT_EQ(finals(), 1u);
  EXPECT_TRUE(last_is_early());
  EXPECT_EQ(number("n"), 1);
  mill.write("a");
  mill.settle();
  mill.update(mapping.uuid, [](catalog::EventSourceMapping& m) { m.settings.tumbling_window_seconds = 0; });
  mill.settle();
  ASSERT_EQ(finals(), 2u);
  EXPECT_TRUE(last_is_early());
  mill.write("a");
  mill.settle();
  EXPECT_EQ(mill.function.events.back().find("window"), std::string::npos);
  EXPECT_EQ(mill.function.handled.size(), 3u);
}

// Failures, cuts, restarts and changes of the lanes at random: in the end every record was counted in one delivered state.
TEST(TumblingSim, EveryRecordIsInOneState) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    Mill mill(seed);
    auto random = base::make_seeded_random(seed * 31);
    simdjson::dom::parser parser;
    std::int64_t delivered = 0;
    bool calm = false;
    mill.function.answer = [&](const SeenBatch& batch) {
      if (!calm && random->below(4) == 0) return failed();
      const simdjson::dom::element event = parser.parse(mill.function.events.back());
      std::int64_t n = 0;
      if (event["state"]["n"].get(n) != simdjson::SUCCESS) n = 0;
      if (bool(event["isFinalInvokeForWindow"])) delivered += n;
      return answered(fmt::format(R"({{"state":{{"n":{}}}}})", n + static_cast<std::int64_t>(batch.size())));
    };
    auto mapping = mill.mapping_for();
    mapping.settings.tumbling_window_seconds = 3;
    mapping.settings.batch_size = 3;
    mapping = mill.create(mapping);
    int written = 0;
    for (int step = 0; step < 120; ++step) {
      switch (random->below(8)) {
        case 0:
          mill.started() ? mill.stop(seconds(random->below(2))) : mill.start();
          break;
        case 1:
          mill.update(mapping.uuid, [&](catalog::EventSourceMapping& m) {
            m.settings.bisect_on_error = !m.settings.bisect_on_error;
          });
          break;
        case 2:
        case 3:
          mill.pass(std::chrono::milliseconds(random->below(2500)));
          break;
        default:
          written = mill.write("key" + std::to_string(random->below(9)));
      }
    }
    calm = true;
    if (!mill.started()) mill.start();
    EXPECT_TRUE(mill.run_until([&] { return delivered >= written; }))
        << "seed " << seed << ": " << delivered << " of " << written;
    mill.pass(seconds(30));
    EXPECT_EQ(delivered, written) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millrace::triggers
