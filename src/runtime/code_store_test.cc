// Packages: what is kept, where it is unpacked, and what is refused.
#include "runtime/code_store.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

namespace fs = std::filesystem;
using testing::make_zip;
using testing::TemporaryFolder;
using Kind = CodeError::Kind;

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class CodeStoreTest : public ::testing::Test {
 protected:
  template <class T>
  T wait(base::Task<T> task) {
    boost::asio::io_context context;
    auto result = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
    context.run();
    return result.get();
  }
  CodeStore store(CodeLimits limits = {}) {
    return CodeStore(folder.path() + "/code", "/sdk/v2", "/sdk/v3", limits);
  }
  // What put() says of these bytes; a refused package must leave nothing.
  Kind refusal(const std::string& zip, CodeLimits limits = {}) {
    CodeStore code = store(limits);
    const auto stored = wait(code.put(zip, CodeLayout::kPlain));
    if (stored) throw std::runtime_error("was accepted");
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      EXPECT_TRUE(entry.is_directory()) << entry.path();
    }
    EXPECT_FALSE(fs::exists(folder.path() + "/escaped"));
    return stored.error().kind;
  }
  TemporaryFolder folder;
};

// Sizes and checksum of an entry come after it then; so do bsdtar and cmake -E tar write.
TEST_F(CodeStoreTest, ZipsThatWereWrittenAsAStream) {
  std::string zip = make_zip({{"bootstrap", std::string(1000, 'x'), 0100755}});
  zip[6] = static_cast<char>(zip[6] | 8);
  const std::size_t directory = zip.find("PK\1\2");
  zip[directory + 8] = static_cast<char>(zip[directory + 8] | 8);
  zip.replace(14, 8, 8, '\0');
  CodeStore code = store();
  const auto stored = wait(code.put(zip, CodeLayout::kPlain));
  ASSERT_TRUE(stored) << stored.error().message;
  const std::string root = *wait(code.unpacked(stored->sha256_hex, CodeLayout::kPlain));
  EXPECT_EQ(text_of(root + "/bootstrap"), std::string(1000, 'x'));
}

TEST_F(CodeStoreTest, KeepsAndUnpacksOnce) {
  const std::string zip =
      make_zip({{"index.js", "one"}, {"bin/run", "two", 0100755}, {"empty/", "", 040755}});
  CodeStore code = store();
  const auto stored = wait(code.put(zip, CodeLayout::kNodeSdkV3));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->sha256_base64, base::base64_encode(base::sha256(zip)));
  EXPECT_EQ(stored->sha256_hex, base::hex_encode(base::sha256(zip)));
  EXPECT_EQ(stored->size, zip.size());
  const std::string root = *wait(code.unpacked(stored->sha256_hex, CodeLayout::kNodeSdkV3));
  EXPECT_EQ(text_of(root + "/index.js"), "one");
  struct stat info {};
  ASSERT_EQ(::stat((root + "/index.js").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0444u);
  ASSERT_EQ(::stat((root + "/bin/run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0555u);
  EXPECT_TRUE(fs::is_directory(root + "/empty"));
  EXPECT_EQ(fs::read_symlink(fs::path(root).parent_path() / "node_modules").string(), "/sdk/v3/node_modules");
  EXPECT_EQ(*wait(code.read(stored->sha256_hex)), zip);
  // Another layout is unpacked when first wanted.
  const std::string other = *wait(code.unpacked(stored->sha256_hex, CodeLayout::kPlain));
  EXPECT_NE(other, root);
  EXPECT_EQ(text_of(other + "/index.js"), "one");
}

TEST_F(CodeStoreTest, SurvivesARestartAndHealsAHalfUnpackedTree) {
  const std::string zip = make_zip({{"index.js", "one"}});
  std::string hash;
  std::string root;
  {
    CodeStore code = store();
    hash = wait(code.put(zip, CodeLayout::kPlain))->sha256_hex;
    root = *wait(code.unpacked(hash, CodeLayout::kPlain));
  }
  // As after a power loss: the tree is there but cannot be trusted.
  fs::remove(root + ".whole");
  fs::remove(root + "/index.js");
  CodeStore code = store();
  EXPECT_EQ(*wait(code.unpacked(hash, CodeLayout::kPlain)), root);
  EXPECT_EQ(text_of(root + "/index.js"), "one");
}

TEST_F(CodeStoreTest, ForgetsWhatIsRemovedAndKnowsWhatItNeverHad) {
  CodeStore code = store();
  const std::string hash = wait(code.put(make_zip({{"a", "b"}}), CodeLayout::kPlain))->sha256_hex;
  EXPECT_TRUE(wait(code.remove(hash)));
  EXPECT_EQ(wait(code.unpacked(hash, CodeLayout::kPlain)).error().kind, Kind::kNotFound);
  EXPECT_EQ(wait(code.read(std::string(64, 'a'))).error().kind, Kind::kNotFound);
  EXPECT_EQ(wait(code.unpacked("../../etc", CodeLayout::kPlain)).error().kind, Kind::kNotFound);
}

TEST_F(CodeStoreTest, RefusesWhatIsNoZip) {
  EXPECT_EQ(refusal(""), Kind::kEmpty);
  EXPECT_EQ(refusal("hello, this is not a zip"), Kind::kNotZip);
  std::string zip = make_zip({{"index.js", std::string(5000, 'x') + "tail"}});
  EXPECT_EQ(refusal(zip.substr(0, zip.size() / 2)), Kind::kNotZip);
  zip[40] = static_cast<char>(zip[40] ^ 0x55);  // in the compressed data
  EXPECT_EQ(refusal(zip), Kind::kNotZip);
  EXPECT_EQ(refusal(make_zip({{"a", "file"}, {"a/b", "below a file"}})), Kind::kNotZip);
}

TEST_F(CodeStoreTest, RefusesNamesAndLinksThatLeave) {
  EXPECT_EQ(refusal(make_zip({{"../escaped", "x"}})), Kind::kUnsafeName);
  EXPECT_EQ(refusal(make_zip({{"ok", "x"}, {"a/../../../escaped", "x"}})), Kind::kUnsafeName);
  EXPECT_EQ(refusal(make_zip({{"/etc/escaped", "x"}})), Kind::kUnsafeName);
  EXPECT_EQ(refusal(make_zip({{"link", "/etc/passwd", 0120777}})), Kind::kUnsafeName);
  EXPECT_EQ(refusal(make_zip({{"deep/link", "../../escaped", 0120777}})), Kind::kUnsafeName);
  // Harmless one by one, not together.
  EXPECT_EQ(refusal(make_zip({{"here", ".", 0120777}, {"out", "here/../..", 0120777}})), Kind::kUnsafeName);
}

TEST_F(CodeStoreTest, KeepsLinksThatStay) {
  CodeStore code = store();
  const auto stored = wait(code.put(
      make_zip({{"lib/real.js", "content"}, {"node_modules/.bin/tool", "../../lib/real.js", 0120777}}),
      CodeLayout::kPlain));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(text_of(*wait(code.unpacked(stored->sha256_hex, CodeLayout::kPlain)) + "/node_modules/.bin/tool"),
            "content");
}

TEST_F(CodeStoreTest, RefusesBombs) {
  CodeLimits limits;
  limits.unpacked_bytes = 1 << 20;
  EXPECT_EQ(refusal(make_zip({{"zeros", std::string((1 << 20) + 1, '\0')}}), limits), Kind::kTooLarge);
  EXPECT_EQ(refusal(make_zip({{"a", std::string(600000, 'a')}, {"b", std::string(600000, 'b')}}), limits),
            Kind::kTooLarge);
  limits.entries = 3;
  EXPECT_EQ(refusal(make_zip({{"1", ""}, {"2", ""}, {"3", ""}, {"4", ""}}), limits), Kind::kTooMany);
  EXPECT_TRUE(wait(store(limits).put(make_zip({{"1", ""}, {"2", ""}, {"3", ""}}), CodeLayout::kPlain)));
}

TEST_F(CodeStoreTest, MergesLayersInOrder) {
  CodeStore code = store();
  const std::string low =
      wait(code.put(make_zip({{"nodejs/a", "low"}, {"nodejs/b", "low"}}), CodeLayout::kPlain))->sha256_hex;
  const std::string high = wait(code.put(make_zip({{"nodejs/b", "high"}}), CodeLayout::kPlain))->sha256_hex;
  const std::string opt = *wait(code.layers({low, high}));
  EXPECT_EQ(text_of(opt + "/nodejs/a"), "low");
  EXPECT_EQ(text_of(opt + "/nodejs/b"), "high");
  EXPECT_EQ(*wait(code.layers({})), "");
}

TEST_F(CodeStoreTest, SaysWhenTheDiskRefuses) {
  std::ofstream(folder.path() + "/code") << "a file where the folder should be";
  CodeStore code = store();
  EXPECT_EQ(wait(code.put(make_zip({{"a", "b"}}), CodeLayout::kPlain)).error().kind, Kind::kIo);
}

}  // namespace
}  // namespace millrace::runtime
