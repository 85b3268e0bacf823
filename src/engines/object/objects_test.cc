#include "engines/object/objects.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "engines/object/object_name.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/temp_folder_testing.h"

namespace millrace::object {
namespace {

namespace fs = std::filesystem;
using store::run;

class StillClock final : public base::Clock {
 public:
  base::WallTime now() const override { return base::WallTime(std::chrono::seconds(1'800'000'000)); }
  base::SteadyTime steady_now() const override { return {}; }
  base::Task<> sleep_until(base::SteadyTime) override { co_return; }
};

class ObjectsTest : public testing::Test {
 protected:
  ObjectsTest() { EXPECT_TRUE(run(objects_->create_bucket("bucket"))); }

  void put(const std::string& key, std::string bytes, ObjectAttributes attributes = {}) {
    auto done = run(objects_->put_whole("bucket", key, std::move(bytes), std::move(attributes)));
    ASSERT_TRUE(done) << key;
  }
  std::optional<std::string> get(const std::string& key) {
    auto reader = run(objects_->get("bucket", key));
    if (!reader) return std::nullopt;
    std::string out;
    for (;;) {
      auto piece = run((*reader)->read(out.size(), 7));
      EXPECT_TRUE(piece);
      if (piece->empty()) return out;
      out += *piece;
    }
  }
  std::vector<std::string> keys(std::string prefix = {}, std::string after = {}, std::size_t limit = 1000) {
    auto page = run(objects_->list({"bucket", std::move(prefix), std::move(after), limit}));
    EXPECT_TRUE(page);
    std::vector<std::string> found;
    for (const ObjectInfo& object : page->objects)
      found.push_back(object.key);
    return found;
  }
  void drop(const std::string& path, std::string_view bytes) {
    const fs::path file = fs::path(folder_.path()) / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }
  std::unique_ptr<Objects> open(store::Durability durability = store::Durability::kOs) {
    return std::make_unique<Objects>(folder_.path(), *store_, clock_, durability);
  }

  StillClock clock_;
  store::TempFolder folder_;
  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  std::unique_ptr<Objects> objects_ = open();
};

// Names that are hard on file systems, and those that lie next to each other in the order of keys.
std::vector<std::string> hard_keys() {
  std::vector<std::string> keys = {
      "a",    "a/",        "a/b",      "a//b",  "a-b", "a.b", "a0",   "..", ".",         "../",  "/",
      "//",   "/x",        "a/../b",   "a/./b", "%2E", "%o",  "a%o",  "%-", "a%+",       "a/%-", "\x01",
      "a\\b", "con:aux|?", "\xc3\xa9", "~",     "a b", "é/ü", "a%/b", "%",  ".writing/1"};
  const std::string letters(300, 'x');
  for (const std::size_t size : {195u, 196u, 197u, 198u, 200u, 204u, 255u})
    for (const char* tail : {"", "/", "/y", "!", "0"})
      keys.push_back(letters.substr(0, size) + tail);
  keys.push_back(std::string(1024, 'k'));
  std::string accents;
  for (int i = 0; i < 500; ++i)
    accents += "\xc3\xa9";
  keys.push_back(accents);
  return keys;
}

TEST_F(ObjectsTest, EveryKeyIsKeptUnderItselfAndNowhereElse) {
  std::map<std::string, std::string> model;
  for (const std::string& key : hard_keys()) {
    model[key] = "content of " + key;
    put(key, model[key]);
  }
  std::vector<std::string> sorted;
  for (const auto& [key, bytes] : model) {
    EXPECT_EQ(get(key), bytes) << key;
    sorted.push_back(key);
  }
  EXPECT_EQ(keys(), sorted);
  // Nothing stands outside the bucket's folder.
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{".writing", "bucket"}));
  EXPECT_TRUE(fs::is_empty(folder_.path() + "/.writing"));
  for (const auto& [key, bytes] : model)
    ASSERT_TRUE(run(objects_->remove("bucket", key)));
  EXPECT_TRUE(keys().empty());
  EXPECT_TRUE(run(objects_->remove_bucket("bucket")));
}

TEST_F(ObjectsTest, ListingsGoOnWhereTheyStopped) {
  std::mt19937 dice(3);
  std::map<std::string, int> model;
  for (int i = 0; i < 300; ++i) {
    std::string key;
    for (int n = 1 + static_cast<int>(dice() % 6); n > 0; --n)
      key += "ab/-."[dice() % 5];
    model[key] = i;
    put(key, key);
  }
  for (const char* prefix : {"", "a", "a/", "ab", "-", "zz", "a/b"}) {
    std::vector<std::string> wanted, found;
    for (const auto& [key, value] : model)
      if (key.starts_with(prefix)) wanted.push_back(key);
    for (std::string after;;) {
      const auto page = keys(prefix, after, 7);
      if (page.empty()) break;
      found.insert(found.end(), page.begin(), page.end());
      after = page.back();
    }
    EXPECT_EQ(found, wanted) << prefix;
  }
}

TEST_F(ObjectsTest, WhatIsSaidOfAnObjectOutlivesARestart) {
  const ObjectAttributes attributes{"text/csv", {{"owner", "Ann"}, {"empty", ""}}};
  objects_ = open(store::Durability::kSync);
  put("k", "one", attributes);
  put("a/k", "two!", attributes);
  put("k", "two!", attributes);
  objects_ = open();
  auto info = run(objects_->head("bucket", "k"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size, 4u);
  EXPECT_EQ(info->etag, base::hex_encode(base::md5("two!")));
  EXPECT_EQ(info->attributes, attributes);
  EXPECT_GE(info->last_modified, clock_.now());
}

TEST_F(ObjectsTest, FilesThatPeoplePutThereAreObjects) {
  drop("bucket/data/people.csv", "id,name\n");
  drop("mine/a/b.txt", "x");
  EXPECT_EQ(keys(), (std::vector<std::string>{"data/people.csv"}));
  EXPECT_EQ(get("data/people.csv"), "id,name\n");
  auto info = run(objects_->head("bucket", "data/people.csv"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->etag, base::hex_encode(base::md5("id,name\n")));
  EXPECT_EQ(info->attributes.content_type, "binary/octet-stream");
  EXPECT_EQ(*run(objects_->buckets()), (std::vector<std::string>{"bucket", "mine"}));
  // Changed behind our back: the old ETag is not told.
  drop("bucket/data/people.csv", "id,name\n1,Ann\n");
  EXPECT_EQ(run(objects_->head("bucket", "data/people.csv"))->etag,
            base::hex_encode(base::md5("id,name\n1,Ann\n")));
}

TEST_F(ObjectsTest, LinksLeadNowhere) {
  drop("secret", "not yours");
  fs::create_symlink(folder_.path() + "/secret", folder_.path() + "/bucket/file");
  fs::create_directory_symlink(folder_.path(), folder_.path() + "/bucket/folder");
  EXPECT_FALSE(get("file"));
  EXPECT_FALSE(get("folder/secret"));
  EXPECT_TRUE(keys().empty());
  auto inside = run(objects_->put_whole("bucket", "folder/new", "x", {}));
  EXPECT_FALSE(inside);
  EXPECT_FALSE(fs::exists(folder_.path() + "/new"));
}

TEST_F(ObjectsTest, AnUnfinishedObjectIsNotSeenAndAReaderKeepsWhatItOpened) {
  put("k", "old");
  auto reader = run(objects_->get("bucket", "k"));
  ASSERT_TRUE(reader);
  {
    auto writer = run(objects_->put("bucket", "k", {}));
    ASSERT_TRUE(writer);
    ASSERT_TRUE(run((*writer)->write("new, but ")));
    EXPECT_EQ(get("k"), "old");
  }
  EXPECT_EQ(get("k"), "old");
  EXPECT_TRUE(fs::is_empty(folder_.path() + "/.writing"));
  auto writer = run(objects_->put("bucket", "k", {}));
  ASSERT_TRUE(run((*writer)->write("new, ")));
  ASSERT_TRUE(run((*writer)->write("and whole")));
  ASSERT_TRUE(run((*writer)->commit()));
  EXPECT_EQ(get("k"), "new, and whole");
  EXPECT_EQ(*run((*reader)->read(0, 100)), "old");
}

TEST_F(ObjectsTest, AWriteThatTheStoreRefusesLeavesTheOldObjectAsItWas) {
  const ObjectAttributes attributes{"text/plain", {{"a", "b"}}};
  put("k", "old", attributes);
  store_->fail_writes(true);
  EXPECT_FALSE(run(objects_->put_whole("bucket", "k", "new", {})));
  store_->fail_writes(false);
  EXPECT_EQ(get("k"), "old");
  EXPECT_EQ(run(objects_->head("bucket", "k"))->attributes, attributes);
}

TEST_F(ObjectsTest, WhatIsNotThereSaysSo) {
  EXPECT_EQ(run(objects_->get("bucket", "k")).error().kind, ObjectErrorKind::kNoKey);
  EXPECT_EQ(run(objects_->get("nobody", "k")).error().kind, ObjectErrorKind::kNoBucket);
  EXPECT_EQ(run(objects_->put("nobody", "k", {})).error().kind, ObjectErrorKind::kNoBucket);
  EXPECT_EQ(run(objects_->put("../x", "k", {})).error().kind, ObjectErrorKind::kNoBucket);
  EXPECT_EQ(run(objects_->list({"nobody", "", "", 1})).error().kind, ObjectErrorKind::kNoBucket);
  EXPECT_EQ(run(objects_->create_bucket("No")).error().kind, ObjectErrorKind::kBadBucketName);
  EXPECT_EQ(run(objects_->create_bucket("bucket")).error().kind, ObjectErrorKind::kBucketExists);
  for (const char* bad : {"", "\xff"})
    EXPECT_EQ(run(objects_->put("bucket", bad, {})).error().kind, ObjectErrorKind::kBadKey);
  EXPECT_EQ(run(objects_->put("bucket", std::string(1025, 'x'), {})).error().kind, ObjectErrorKind::kBadKey);
  put("a/b", "x");
  EXPECT_EQ(run(objects_->get("bucket", "a")).error().kind, ObjectErrorKind::kNoKey);
  EXPECT_EQ(run(objects_->remove_bucket("bucket")).error().kind, ObjectErrorKind::kBucketNotEmpty);
  EXPECT_TRUE(run(objects_->remove("bucket", "nothing/here")));
}

}  // namespace
}  // namespace millrace::object
