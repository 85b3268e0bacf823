#include "engines/catalog/access_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::catalog {
namespace {

using store::run;

class AccessKeysTest : public testing::Test {
 protected:
  std::unique_ptr<AccessKeys> open() {
    return run(AccessKeys::open(catalog, *random, "000000000000")).value();
  }
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  Catalog catalog{*store};
  std::unique_ptr<base::Random> random = base::make_seeded_random(7);
};

TEST_F(AccessKeysTest, TheFirstIsMadeOnceAndStays) {
  auto first = open();
  ASSERT_TRUE(first->first_key());
  const AccessKey key = *first->first_key();
  EXPECT_TRUE(key.id.starts_with("AKIA"));
  EXPECT_EQ(key.id.size(), 20u);
  EXPECT_EQ(key.secret.size(), 40u);
  auto second = open();
  EXPECT_FALSE(second->first_key());
  ASSERT_TRUE(second->find(key.id));
  EXPECT_EQ(second->find(key.id)->secret, key.secret);
  EXPECT_EQ(second->find(key.id)->principal_arn, "arn:aws:iam::000000000000:root");
  EXPECT_FALSE(second->find("AKIANOBODY"));
}

TEST_F(AccessKeysTest, CreateAndRemove) {
  auto keys = open();
  const AccessKey key = run(keys->create("arn:aws:iam::000000000000:user/x")).value();
  EXPECT_TRUE(open()->find(key.id));
  ASSERT_TRUE(run(keys->remove(key.id)));
  EXPECT_FALSE(keys->find(key.id));
  EXPECT_FALSE(open()->find(key.id));
}

TEST_F(AccessKeysTest, SessionsAreTheSameAfterARestart) {
  auto keys = open();
  const AccessKey one = keys->session_for("arn:aws:iam::000000000000:role/service/worker", "f");
  EXPECT_EQ(one.principal_arn, "arn:aws:sts::000000000000:assumed-role/worker/f");
  EXPECT_TRUE(keys->find(one.id));
  const AccessKey other = keys->session_for("arn:aws:iam::000000000000:role/service/worker", "g");
  EXPECT_NE(one.id, other.id);
  EXPECT_NE(one.secret, other.secret);
  auto again = open();
  const AccessKey same = again->session_for("arn:aws:iam::000000000000:role/service/worker", "f");
  EXPECT_EQ(same.id, one.id);
  EXPECT_EQ(same.secret, one.secret);
  EXPECT_EQ(same.session_token, one.session_token);
}

// RFC 4231, test case 2.
TEST(Hmac, Vector) {
  EXPECT_EQ(base::hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace millrace::catalog
