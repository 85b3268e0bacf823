#include "engines/catalog/catalog.h"

#include <gtest/gtest.h>

#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::catalog {
namespace {

using store::run;

class CatalogTest : public testing::Test {
 protected:
  static ResourceKey key(std::string name, std::string region = "us-east-1") {
    return {"lambda.function", "000000000000", std::move(region), std::move(name)};
  }
  std::vector<std::string> names(ListRequest request) {
    std::vector<std::string> out;
    auto page = run(catalog.list(std::move(request)));
    for (const Resource& resource : page->resources)
      out.push_back(resource.key.name);
    if (page->more) out.push_back("...");
    return out;
  }
  ListRequest all() {
    ListRequest request;
    request.kind = "lambda.function";
    request.account = "000000000000";
    request.region = "us-east-1";
    return request;
  }
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  Catalog catalog{*store};
};

TEST_F(CatalogTest, PutGetErase) {
  EXPECT_FALSE(run(catalog.get(key("f"))).value());
  const Revision first = run(catalog.put(key("f"), "one", Expect::absent())).value();
  auto got = run(catalog.get(key("f"))).value();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->document, "one");
  EXPECT_EQ(got->revision, first);
  EXPECT_EQ(got->key, key("f"));
  EXPECT_TRUE(run(catalog.erase(key("f"))));
  EXPECT_FALSE(run(catalog.get(key("f"))).value());
  EXPECT_EQ(run(catalog.erase(key("f"))).error(), CatalogError::kNotFound);
}

TEST_F(CatalogTest, ExpectationsAreKept) {
  const Revision first = run(catalog.put(key("f"), "one")).value();
  EXPECT_EQ(run(catalog.put(key("f"), "two", Expect::absent())).error(), CatalogError::kExists);
  const Revision second = run(catalog.put(key("f"), "two", Expect::at(first))).value();
  EXPECT_NE(first, second);
  EXPECT_EQ(run(catalog.put(key("f"), "three", Expect::at(first))).error(), CatalogError::kChanged);
  EXPECT_EQ(run(catalog.put(key("g"), "x", Expect::present())).error(), CatalogError::kNotFound);
  EXPECT_EQ(run(catalog.put(key("g"), "x", Expect::at(first))).error(), CatalogError::kNotFound);
  EXPECT_EQ(run(catalog.get(key("f"))).value()->document, "two");
}

TEST_F(CatalogTest, ARevisionNeverComesBack) {
  const Revision first = run(catalog.put(key("f"), "one")).value();
  ASSERT_TRUE(run(catalog.erase(key("f"))));
  EXPECT_GT(run(catalog.put(key("f"), "one")).value(), first);
}

TEST_F(CatalogTest, ManyChangesAreOne) {
  run(catalog.put(key("taken"), "x")).value();
  std::vector<Change> changes{{key("free"), "y", Expect::absent()}, {key("taken"), "y", Expect::absent()}};
  EXPECT_EQ(run(catalog.apply(changes)).error(), CatalogError::kExists);
  EXPECT_FALSE(run(catalog.get(key("free"))).value()) << "nothing of a refused call is written";
  changes[1].expect = Expect::present();
  EXPECT_TRUE(run(catalog.apply(changes)));
  EXPECT_EQ(run(catalog.get(key("taken"))).value()->document, "y");
}

TEST_F(CatalogTest, ListsInOrderByPages) {
  for (const char* name : {"b", "a", "ab", "a-b", "c"})
    run(catalog.put(key(name), name)).value();
  run(catalog.put(key("z", "eu-west-1"), "z")).value();
  run(catalog.put({"lambda.url", "000000000000", "us-east-1", "u"}, "u")).value();
  EXPECT_EQ(names(all()), (std::vector<std::string>{"a", "a-b", "ab", "b", "c"}));
  ListRequest request = all();
  request.limit = 2;
  EXPECT_EQ(names(request), (std::vector<std::string>{"a", "a-b", "..."}));
  request.after = "a-b";
  EXPECT_EQ(names(request), (std::vector<std::string>{"ab", "b", "..."}));
  request.after = "b";
  EXPECT_EQ(names(request), (std::vector<std::string>{"c"}));
  request = all();
  request.name_prefix = "a";
  EXPECT_EQ(names(request), (std::vector<std::string>{"a", "a-b", "ab"}));
  request = all();
  request.all_regions = true;
  EXPECT_EQ(names(request), (std::vector<std::string>{"z", "a", "a-b", "ab", "b", "c"}));
}

TEST_F(CatalogTest, ABrokenStoreIsToldApart) {
  store->fail_writes(true);
  EXPECT_EQ(run(catalog.put(key("f"), "one")).error(), CatalogError::kStore);
}

}  // namespace
}  // namespace millrace::catalog
