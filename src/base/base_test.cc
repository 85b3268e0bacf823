#include <set>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/metrics.h"
#include "base/random.h"

namespace millrace::base {
namespace {

TEST(Base64, RoundTripsEveryLength) {
  auto random = make_seeded_random(1);
  for (std::size_t length = 0; length < 70; ++length) {
    std::string bytes(length, '\0');
    random->fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
}

TEST(Base64, RefusesWhatIsNotStrict) {
  for (const char* bad : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Zm9v!mFy", " Zg=", "Zg\n=", "Zh==", "Zm9="})
    EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Uri, EncodesAllButUnreserved) {
  EXPECT_EQ(uri_encode("a b/c~é"), "a%20b%2Fc~%C3%A9");
  EXPECT_EQ(uri_encode("a/b", true), "a/b");
  EXPECT_EQ(uri_decode("a%20b%2fc+"), "a b/c+");
  EXPECT_EQ(uri_decode("a+b", true), "a b");
  EXPECT_FALSE(uri_decode("%4"));
  EXPECT_FALSE(uri_decode("%zz"));
}

TEST(Checksums, MatchPublishedVectors) {
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Utf8, AcceptsWellFormedOnly) {
  for (const char* good : {"", "abc", "é", "€", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_valid_utf8(good));
  for (const char* bad : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf8\x88\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

TEST(Random, SeedsReplayAndUuidsAreVersion4) {
  auto a = make_seeded_random(7);
  auto b = make_seeded_random(7);
  EXPECT_EQ(make_uuid(*a), make_uuid(*b));
  auto system = make_system_random();
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make_uuid(*system);
    EXPECT_EQ(id[14], '4');
    EXPECT_TRUE(seen.insert(id).second);
  }
  for (int i = 0; i < 1000; ++i)
    EXPECT_LT(system->below(10), 10u);
}

TEST(Metrics, PrintsPrometheusText) {
  Registry registry;
  registry.counter("requests_total", "service=\"x\"", "Requests.").add(3);
  EXPECT_EQ(&registry.counter("requests_total", "service=\"x\"", ""),
            &registry.counter("requests_total", "service=\"x\"", ""));
  Histogram& histogram = registry.histogram("seconds", "", "Time.");
  histogram.record_us(1);
  histogram.record_us(3);
  histogram.record_us(1ull << 40);
  const std::string text = registry.prometheus_text();
  EXPECT_NE(text.find("millrace_requests_total{service=\"x\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("millrace_seconds_bucket{le=\"4e-06\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("millrace_seconds_bucket{le=\"+Inf\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("millrace_seconds_count 3\n"), std::string::npos);
}

}  // namespace
}  // namespace millrace::base
