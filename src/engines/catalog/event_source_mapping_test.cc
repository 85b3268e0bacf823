#include "engines/catalog/event_source_mapping.h"

#include <gtest/gtest.h>

#include "engines/catalog/event_source_mapping_codec.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::catalog {
namespace {

class MappingTest : public testing::Test {
 protected:
  ~MappingTest() override { store_->stop(); }
  EventSourceMapping wanted(const std::string& function = "f") {
    EventSourceMapping mapping;
    mapping.account = "000000000000";
    mapping.region = "eu-west-1";
    mapping.event_source_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/Bids/stream/x";
    mapping.function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:" + function;
    mapping.settings.filters = {R"({"eventName":["INSERT"]})"};
    mapping.tags = {{"team", "mill"}};
    return mapping;
  }
  MappingResult<EventSourceMapping> create(EventSourceMapping mapping) {
    return store::run(mappings_.create(mapping));
  }
  MappingResult<EventSourceMapping> find(const std::string& uuid) {
    return store::run(mappings_.find("000000000000", "eu-west-1", uuid));
  }
  MappingResult<EventSourceMapping> update(const std::string& uuid, EventSourceMappings::Edit edit) {
    return store::run(mappings_.update("000000000000", "eu-west-1", uuid, edit));
  }
  MappingResult<EventSourceMapping> remove(const std::string& uuid) {
    return store::run(mappings_.remove("000000000000", "eu-west-1", uuid));
  }

  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  std::unique_ptr<base::Clock> clock_ = base::make_system_clock();
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(3);
  EventSourceMappings mappings_{*store_, *clock_, *random_};
};

TEST_F(MappingTest, EveryFieldSurvivesTheStore) {
  auto mapping = wanted();
  mapping.uuid = "u";
  mapping.starting_position = StartingPosition::kAtTimestamp;
  mapping.starting_timestamp = base::WallTime(std::chrono::seconds(5));
  mapping.settings.maximum_retry_attempts = -1;
  mapping.settings.maximum_record_age_seconds = 60;
  mapping.settings.parallelization_factor = 10;
  mapping.settings.bisect_on_error = true;
  mapping.settings.report_batch_item_failures = true;
  mapping.settings.on_failure_destination = "arn:q";
  mapping.enabled = false;
  mapping.state = MappingState::kDisabled;
  const auto bytes = encode_mapping(mapping);
  const auto back = decode_mapping(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->settings, mapping.settings);
  EXPECT_EQ(back->starting_timestamp, mapping.starting_timestamp);
  EXPECT_EQ(back->tags, mapping.tags);
  EXPECT_FALSE(back->enabled);
  EXPECT_EQ(back->state, MappingState::kDisabled);
  EXPECT_EQ(encode_mapping(*back), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_FALSE(decode_mapping(bytes.substr(0, cut)));
}

TEST_F(MappingTest, CreatesFindsAndRefusesTheSamePair) {
  const auto made = create(wanted());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->uuid.size(), 36u);
  EXPECT_EQ(made->state, MappingState::kCreating);
  EXPECT_EQ(made->arn(), "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:" + made->uuid);
  EXPECT_EQ(find(made->uuid)->function_arn, made->function_arn);
  EXPECT_EQ(find(made->uuid)->last_processing_result, "No records processed");
  const auto again = create(wanted());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, MappingErrorKind::kExists);
  EXPECT_EQ(again.error().uuid, made->uuid);
  EXPECT_EQ(find("nope").error().kind, MappingErrorKind::kNotFound);
  EXPECT_EQ(store::run(mappings_.find("000000000000", "us-east-1", made->uuid)).error().kind,
            MappingErrorKind::kNotFound);
}

TEST_F(MappingTest, SettlesEachTransition) {
  const auto made = *create(wanted());
  EXPECT_TRUE(*store::run(mappings_.settle(made)));
  EXPECT_EQ(find(made.uuid)->state, MappingState::kEnabled);
  const auto off = *update(made.uuid, [](EventSourceMapping& m) { m.enabled = false; });
  EXPECT_EQ(off.state, MappingState::kDisabling);
  EXPECT_FALSE(*store::run(mappings_.settle(made)));  // followed an older record
  EXPECT_TRUE(*store::run(mappings_.settle(off)));
  EXPECT_EQ(find(made.uuid)->state, MappingState::kDisabled);
  EXPECT_EQ(update(made.uuid, [](EventSourceMapping& m) { m.enabled = true; })->state,
            MappingState::kEnabling);
  EXPECT_EQ(update(made.uuid, [](EventSourceMapping& m) { m.settings.batch_size = 7; })->state,
            MappingState::kUpdating);
  EXPECT_EQ(find(made.uuid)->settings.batch_size, 7u);
  ASSERT_TRUE(store::run(mappings_.set_last_result(made.uuid, "OK")));
  EXPECT_EQ(find(made.uuid)->last_processing_result, "OK");
  const auto gone = remove(made.uuid);
  EXPECT_EQ(gone->state, MappingState::kDeleting);
  EXPECT_EQ(remove(made.uuid).error().kind, MappingErrorKind::kInUse);
  EXPECT_EQ(update(made.uuid, [](EventSourceMapping&) {}).error().kind, MappingErrorKind::kInUse);
  EXPECT_TRUE(*store::run(mappings_.settle(*gone)));
  EXPECT_EQ(find(made.uuid).error().kind, MappingErrorKind::kNotFound);
  EXPECT_TRUE(create(wanted()));
}

TEST_F(MappingTest, AFunctionMayBeChangedUnlessThePairExists) {
  const auto one = *create(wanted("one")), two = *create(wanted("two"));
  const auto to = [&](const std::string& function) {
    return [this, function](EventSourceMapping& m) { m.function_arn = wanted(function).function_arn; };
  };
  EXPECT_EQ(update(one.uuid, to("two")).error().uuid, two.uuid);
  EXPECT_TRUE(update(one.uuid, to("three")));
  EXPECT_TRUE(create(wanted("one")));
  EXPECT_EQ(create(wanted("three")).error().uuid, one.uuid);
}

TEST_F(MappingTest, ListsByFilterAndPage) {
  for (const char* function : {"a", "b", "c"})
    ASSERT_TRUE(create(wanted(function)));
  EventSourceMappings::ListRequest request{"000000000000",           "eu-west-1", "",
                                           wanted("b").function_arn, "",          100};
  EXPECT_EQ(store::run(mappings_.list(request))->size(), 1u);
  request.function_arn.clear();
  request.limit = 2;
  const auto first = *store::run(mappings_.list(request));
  ASSERT_EQ(first.size(), 2u);
  request.after = first.back().uuid;
  EXPECT_EQ(store::run(mappings_.list(request))->size(), 1u);
  request = {"000000000000", "us-east-1", "", "", "", 100};
  EXPECT_TRUE(store::run(mappings_.list(request))->empty());
  EXPECT_EQ(store::run(mappings_.all())->size(), 3u);
}

TEST_F(MappingTest, ChangesAreAnnounced) {
  const auto made = *create(wanted());
  update(made.uuid, [](EventSourceMapping&) {});
  std::vector<std::string> announced;
  auto body = [&](store::Reader& view) {
    announced.clear();
    return view.read_log(mapping_changes_log(), 0, [&](store::Sequence, std::string_view uuid) {
      announced.emplace_back(uuid);
      return store::Visit::kContinue;
    });
  };
  ASSERT_TRUE(store::run(store_->read(body)));
  EXPECT_EQ(announced, (std::vector<std::string>{made.uuid, made.uuid}));
}

}  // namespace
}  // namespace millrace::catalog
