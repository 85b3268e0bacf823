#include "wire/sigv4.h"

#include <gtest/gtest.h>

#include "wire/sigv4_canonical.h"
#include "wire/sigv4_crypto.h"

namespace millrace::wire {
namespace {

using namespace std::chrono_literals;
const base::WallTime kNow = *parse_amz_timestamp("20261121T020000Z");
const SigningKey kKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", "us-east-1", "dynamodb"};

// A request whose texts live as long as the fixture.
struct Request {
  explicit Request(std::string a_target = "/") : target(std::move(a_target)) { sync(); }
  void sync() {
    head.method = "POST";
    head.target = target;
    const std::size_t mark = target.find('?');
    head.path = head.target.substr(0, mark);
    head.query = mark == std::string::npos ? std::string_view{} : head.target.substr(mark + 1);
    head.headers.clear();
    for (const auto& [name, value] : fields)
      head.headers.push_back({name, value});
  }
  void set(const std::string& name, const std::string& value) {
    for (auto& field : fields) {
      if (field.first == name) field.second = value;
    }
    sync();
  }
  void sign(const SigningKey& key = kKey, base::WallTime when = kNow) {
    sync();
    for (auto& field : sign_headers(head, body, key, when))
      fields.push_back(field);
    sync();
  }
  base::Result<void, SignatureError> verify(std::string_view secret = kKey.secret, base::WallTime now = kNow,
                                            std::string_view service = "dynamodb") {
    auto claim = parse_signature(head);
    if (!claim) return base::fail(claim.error());
    return verify_signature(head, *claim, body, secret, now, {service, false});
  }
  std::string target;
  std::string body = R"({"TableName":"t"})";
  std::vector<std::pair<std::string, std::string>> fields{{"Host", "localhost:4566"},
                                                          {"X-Amz-Target", "DynamoDB.GetItem"}};
  net::RequestHead head;
};

std::string error_of(const base::Result<void, SignatureError>& result) {
  return result ? "" : result.error().message;
}

TEST(SigV4, AcceptsWhatItSigned) {
  Request request("/a//b/../c?z=1&a=x%20y&a=b");
  request.sign();
  EXPECT_EQ(error_of(request.verify()), "");
}

TEST(SigV4, RefusesAnyChange) {
  const auto mismatch = [](auto change) {
    Request request("/path?q=1");
    request.sign();
    change(request);
    request.sync();
    auto result = request.verify();
    return !result && result.error().kind == SignatureErrorKind::kInvalid &&
           result.error().message.starts_with("The request signature we calculated does not match");
  };
  EXPECT_TRUE(mismatch([](Request& r) { r.body += ' '; }));
  EXPECT_TRUE(mismatch([](Request& r) { r.target = "/path?q=2"; }));
  EXPECT_TRUE(mismatch([](Request& r) { r.target = "/other?q=1"; }));
  EXPECT_TRUE(mismatch([](Request& r) { r.fields[1].second = "DynamoDB.PutItem"; }));
  EXPECT_FALSE(mismatch([](Request& r) { r.fields.emplace_back("x-unsigned", "anything"); }));
}

TEST(SigV4, RefusesAnotherSecret) {
  Request request;
  request.sign();
  EXPECT_FALSE(request.verify("another"));
  EXPECT_TRUE(request.verify()) << "the key cache must tell secrets apart";
}

TEST(SigV4, ClockSkew) {
  Request request;
  request.sign();
  EXPECT_TRUE(request.verify(kKey.secret, kNow + 15min));
  EXPECT_EQ(error_of(request.verify(kKey.secret, kNow + 16min)),
            "Signature expired: 20261121T020000Z is now earlier than 20261121T020100Z (20261121T021600Z - 15 "
            "min.)");
  EXPECT_TRUE(request.verify(kKey.secret, kNow - 15min));
  EXPECT_EQ(error_of(request.verify(kKey.secret, kNow - 16min)),
            "Signature not yet current: 20261121T020000Z is still later than 20261121T015900Z "
            "(20261121T014400Z + 15 min.)");
}

TEST(SigV4, ScopeIsChecked) {
  Request request;
  request.sign();
  EXPECT_EQ(error_of(request.verify(kKey.secret, kNow, "lambda")),
            "Credential should be scoped to correct service: 'lambda'. ");
}

TEST(SigV4, MissingAndIncomplete) {
  Request request;
  request.sync();
  auto claim = parse_signature(request.head);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().kind, SignatureErrorKind::kMissing);
  request.fields.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e");
  request.sync();
  claim = parse_signature(request.head);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().kind, SignatureErrorKind::kIncomplete);
  EXPECT_EQ(claim.error().message,
            "Authorization header requires 'Signature' parameter. Authorization header requires "
            "'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/d/e");
}

TEST(SigV4, MalformedCredentialAndDate) {
  const auto complaint = [](std::string authorization, std::string date) {
    Request request;
    request.fields.emplace_back("X-Amz-Date", std::move(date));
    request.fields.emplace_back("Authorization", std::move(authorization));
    request.sync();
    auto claim = parse_signature(request.head);
    return claim ? std::string() : claim.error().message;
  };
  EXPECT_EQ(
      complaint("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=x", "20261121T020000Z"),
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
      "'a/b/c/d'");
  EXPECT_EQ(complaint("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x", "201"),
            "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601");
  EXPECT_EQ(
      complaint("AWS4-HMAC-SHA25 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x", "20261121T020000Z"),
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ");
  EXPECT_EQ(
      complaint("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x", "20261121T020000Z"),
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. ");
}

TEST(SigV4, HttpDateServesWhenAmzDateIsAbsent) {
  Request request;
  request.sign();
  const std::string authorization = request.fields.back().second;
  Request dated;
  dated.fields.emplace_back("Date", "Sat, 21 Nov 2026 02:00:00 GMT");
  dated.fields.emplace_back("Authorization", authorization);
  dated.sync();
  auto claim = parse_signature(dated.head);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->timestamp, "20261121T020000Z");
}

TEST(SigV4, HostMustBeSigned) {
  Request request;
  request.fields.erase(request.fields.begin());
  request.sign();
  EXPECT_EQ(error_of(request.verify()),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST(SigV4, PresignedUrlExpires) {
  SigningKey key = kKey;
  key.session_token = "token/with+signs=";
  Request request("/files/a%20b?x=y");
  request.body.clear();
  request.sync();
  request.target = "/files/a%20b?" + sign_query(request.head, "", key, kNow, 60);
  request.sync();
  EXPECT_EQ(error_of(request.verify()), "");
  EXPECT_EQ(parse_signature(request.head)->session_token, key.session_token);
  EXPECT_EQ(error_of(request.verify(kKey.secret, kNow + 61s)),
            "Signature expired: 20261121T020100Z is now earlier than 20261121T020101Z");
}

TEST(SigV4, BothPlacesAreRefused) {
  Request request("/?X-Amz-Algorithm=AWS4-HMAC-SHA256");
  request.sign();
  auto claim = parse_signature(request.head);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().message,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
}

TEST(SigV4, S3EncodesThePathOnceAndTakesNamedPayloads) {
  SigningKey key = kKey;
  key.service = "s3";
  Request request("/bucket/a%2Fb//c%20d");
  request.fields.emplace_back("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  request.sign(key);
  auto claim = parse_signature(request.head);
  ASSERT_TRUE(claim);
  const CanonicalTexts texts = canonical_texts(request.head, *claim, request.body);
  EXPECT_TRUE(texts.canonical_request.starts_with("POST\n/bucket/a/b//c%20d\n")) << texts.canonical_request;
  EXPECT_TRUE(texts.canonical_request.ends_with("\nUNSIGNED-PAYLOAD"));
  request.body = "changed";
  EXPECT_EQ(error_of(request.verify(kKey.secret, kNow, "s3")), "");
}

TEST(SigV4, PeekForgives) {
  Request request;
  request.fields.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=test/x/eu-west-1/sqs/");
  request.sync();
  auto scope = peek_scope(request.head);
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->access_key_id, "test");
  EXPECT_EQ(scope->region, "eu-west-1");
  EXPECT_EQ(scope->service, "sqs");
  Request none;
  none.sync();
  EXPECT_FALSE(peek_scope(none.head));
}

TEST(SigV4, TimestampsRoundTrip) {
  EXPECT_EQ(amz_timestamp(kNow), "20261121T020000Z");
  EXPECT_FALSE(parse_amz_timestamp("20261321T020000Z"));
  EXPECT_FALSE(parse_amz_timestamp("2026-11-21T02:00"));
}

// RFC 4231, test cases 2 and 6 (key longer than a block).
TEST(SigV4Crypto, HmacVectors) {
  std::string hex;
  sigv4::append_hex(hex, sigv4::HmacKey("Jefe").mac("what do ya want for nothing?"));
  EXPECT_EQ(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  hex.clear();
  sigv4::append_hex(
      hex,
      sigv4::HmacKey(std::string(131, '\xaa')).mac("Test Using Larger Than Block-Size Key - Hash Key First"));
  EXPECT_EQ(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace millrace::wire
