#include "wire/dispatch.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/gzip.h"
#include "shapes/notes/service.h"
#include "wire/exchange_testing.h"
#include "wire/services_testing.h"
#include "wire/sigv4.h"

namespace millrace::wire {
namespace {

constexpr char kAuthorization[] =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-3/notes/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00";

// Believes whoever names credentials.
class ScopeAuthenticator final : public Authenticator {
 public:
  base::Result<Principal, ServiceError> authenticate(const AuthRequest& request) const override {
    auto scope = peek_scope(request.head);
    if (!scope) {
      const SignatureError missing = missing_signature();
      ServiceError error;
      error.code = signature_error_code(missing.kind);
      error.message = missing.message;
      error.space = ErrorSpace::kCoral;
      return base::fail(std::move(error));
    }
    Principal principal;
    principal.region = scope->region;
    return principal;
  }
};

class DispatchTest : public testing::Test {
 protected:
  DispatchTest() {
    services_.add(notes::operations(notes_), &notes::kProtocols);
    services_.add(shelf::operations(shelf_));
    authenticator_ = std::make_unique<ScopeAuthenticator>();
    clock_ = base::make_system_clock();
    random_ = base::make_seeded_random(1);
    make_dispatcher({});
  }

  void make_dispatcher(DispatchOptions options) {
    dispatcher_ = std::make_unique<Dispatcher>(
        DispatchParts{services_, *authenticator_, *clock_, *random_, metrics_}, std::move(options));
  }

  std::unique_ptr<FakeExchange> send(FakeRequest request) {
    auto exchange = std::make_unique<FakeExchange>(std::move(request));
    run(dispatcher_->handle(*exchange));
    EXPECT_EQ(exchange->answers, 1);
    return exchange;
  }
  std::unique_ptr<FakeExchange> json(std::string operation, std::string body) {
    return send({"POST",
                 "/",
                 {{"X-Amz-Target", "Notes_20261101." + operation},
                  {"Content-Type", "application/x-amz-json-1.0"},
                  {"Authorization", kAuthorization},
                  {"X-Amz-Date", "20261121T000000Z"}},
                 std::move(body)});
  }
  std::unique_ptr<FakeExchange> rest(std::string method, std::string target, std::string body = "",
                                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("Authorization", kAuthorization);
    return send({std::move(method), std::move(target), std::move(headers), std::move(body)});
  }

  notes::Notes notes_;
  shelf::Shelf shelf_;
  Services services_;
  base::Registry metrics_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<base::Clock> clock_;
  std::unique_ptr<base::Random> random_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatchTest, CallsAnOperationAndAnswersInItsProtocol) {
  auto put = json("PutNote", R"({"NoteId":"abc","Note":{"Text":"hi"}})");
  EXPECT_EQ(put->response.status, 200);
  EXPECT_TRUE(put->sent.starts_with(R"({"Revision":7,"Created":)")) << put->sent;
  EXPECT_EQ(put->header("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(put->header("x-amzn-RequestId").size(), 36u);
  auto get = json("GetNote", R"({"NoteId":"abc"})");
  EXPECT_EQ(get->sent, R"({"Note":{"Text":"hi"}})");
  EXPECT_EQ(notes_.last_region, "eu-west-3");
  EXPECT_NE(get->header("x-amzn-RequestId"), put->header("x-amzn-RequestId"));
}

TEST_F(DispatchTest, ErrorsAreShownWithTheirPackage) {
  EXPECT_EQ(json("GetNote", R"({"NoteId":"abc"})")->sent,
            R"({"__type":"com.amazonaws.notes.v20261101#NoteNotFoundException","message":"No such note"})");
  EXPECT_EQ(
      json("GetNote", R"({"NoteId":5})")->sent,
      R"({"__type":"com.amazon.coral.service#SerializationException","Message":"NUMBER_VALUE cannot be converted to String"})");
  EXPECT_TRUE(
      json("GetNote", "{}")
          ->sent.starts_with(
              R"({"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected: Value null at 'noteId')"));
  notes_.notes = {{"a", {}}, {"b", {}}};
  auto full = json("PutNote", R"({"NoteId":"abc","Note":{"Text":"hi"}})");
  EXPECT_EQ(full->response.status, 500);
  EXPECT_EQ(
      full->sent,
      R"({"__type":"com.amazonaws.notes.v20261101#NotebookFullException","Message":"Two are enough","Note":{"Text":"hi"}})");
}

TEST_F(DispatchTest, TakesAndGivesGzip) {
  const auto ask = [this](std::string operation, std::string body, std::string accept) {
    return send({"POST",
                 "/",
                 {{"X-Amz-Target", "Notes_20261101." + operation},
                  {"Content-Type", "application/x-amz-json-1.0"},
                  {"Content-Encoding", "gzip"},
                  {"Accept-Encoding", std::move(accept)},
                  {"Authorization", kAuthorization},
                  {"X-Amz-Date", "20261121T000000Z"}},
                 std::move(body)});
  };
  auto put = ask("PutNote", base::gzip(R"({"NoteId":"abc","Note":{"Text":"hi"}})"), "gzip");
  EXPECT_EQ(put->response.status, 200);
  EXPECT_EQ(put->header("Content-Encoding"), "");  // too small to be worth it
  const std::string text(5000, 'x');
  notes_.notes["abc"].text = text;
  const std::string get = base::gzip(R"({"NoteId":"abc"})"), note = R"({"Note":{"Text":")" + text + "\"}}";
  for (const char* accept : {"gzip", "deflate, GZIP;q=0.5", "br,gzip"}) {
    auto packed = ask("GetNote", get, accept);
    EXPECT_EQ(packed->header("Content-Encoding"), "gzip") << accept;
    EXPECT_EQ(base::gunzip(packed->sent, 10'000), note);
  }
  for (const char* accept : {"", "identity", "gzip;q=0", "*", "gzip2"}) {
    auto plain = ask("GetNote", get, accept);
    EXPECT_EQ(plain->header("Content-Encoding"), "") << accept;
    EXPECT_EQ(plain->sent, note);
  }
  EXPECT_EQ(ask("GetNote", "{}", "")->sent,
            R"({"__type":"com.amazon.coral.service#SerializationException"})");
  EXPECT_EQ(ask("GetNote", base::gzip(std::string(64u << 20, ' ')), "")->response.status, 413);
}

// The order in which DynamoDB complains: JSON, operation, signature, emptiness.
TEST_F(DispatchTest, ComplainsInTheOrderOfAws) {
  const std::string serialization = R"({"__type":"com.amazon.coral.service#SerializationException"})";
  const std::string unknown = R"({"__type":"com.amazon.coral.service#UnknownOperationException"})";
  const std::pair<std::string, std::string> target{"X-Amz-Target", "Notes_20261101.GetNote"},
      type{"Content-Type", "application/json"};
  EXPECT_EQ(send({"POST", "/", {{"X-Amz-Target", "Notes_20261101.Nothing"}, type}, "{"})->sent,
            serialization);
  EXPECT_EQ(send({"POST", "/", {{"X-Amz-Target", "Notes_20261101.Nothing"}, type}, "{}"})->sent, unknown);
  EXPECT_EQ(send({"POST", "/", {{"X-Amz-Target", "Nobody.GetNote"}, type}, "{}"})->sent, unknown);
  auto nobody = send({"POST", "/", {}, ""});
  EXPECT_EQ(nobody->sent, unknown);
  EXPECT_EQ(nobody->header("x-amz-crc32"), "1368724161");
  EXPECT_EQ(nobody->header("x-amzn-RequestId").size(), 52u);
  EXPECT_EQ(nobody->header("Content-Type"), "application/json");
  EXPECT_EQ(send({"POST", "/", {{"Content-Type", "application/json;x"}}, "hi"})->header("x-amz-crc32"),
            "3948637019");
  EXPECT_EQ(send({"PUT", "/", {}, ""})->header("x-amz-crc32"), "3552371480");
  auto missing = send({"POST", "/", {target, type}, "{}"});
  EXPECT_EQ(missing->response.status, 400);
  EXPECT_EQ(
      missing->sent,
      R"({"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"})");
  EXPECT_EQ(missing->header("Content-Type"), "application/json");
  EXPECT_EQ(json("GetNote", "")->sent, serialization);
  auto form = send({"POST", "/", {target, {"Content-Type", "text/plain"}}, "{}"});
  EXPECT_EQ(form->response.status, 404);
  EXPECT_EQ(form->sent, "<UnknownOperationException/>\n");
  EXPECT_EQ(notes_.calls, 0);
}

TEST_F(DispatchTest, SpeaksQuery) {
  const auto form = [this](std::string body, std::string authorization = kAuthorization) {
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    if (!authorization.empty()) headers.emplace_back("Authorization", std::move(authorization));
    return send({"POST", "/", std::move(headers), std::move(body)});
  };
  auto put = form("Action=PutNote&Version=2026-11-01&NoteId=abc&Note.Text=hi");
  EXPECT_EQ(put->response.status, 200) << put->sent;
  EXPECT_EQ(put->header("Content-Type"), "text/xml");
  auto get = form("Action=GetNote&NoteId=abc");
  EXPECT_TRUE(get->sent.find("<GetNoteResult><Note><Text>hi</Text></Note></GetNoteResult>") !=
              std::string::npos)
      << get->sent;
  EXPECT_TRUE(get->sent.find("<RequestId>" + get->header("x-amzn-RequestId") + "</RequestId>") !=
              std::string::npos);
  EXPECT_EQ(notes_.last_region, "eu-west-3");
  auto by_query = send({"GET", "/?Action=GetNote&NoteId=abc", {{"Authorization", kAuthorization}}, ""});
  EXPECT_EQ(by_query->response.status, 200) << by_query->sent;
  const auto code = [&](std::string body, int status, std::string authorization = kAuthorization) {
    auto answer = form(std::move(body), std::move(authorization));
    EXPECT_EQ(answer->response.status, status) << answer->sent;
    const std::size_t begin = answer->sent.find("<Code>") + 6;
    return answer->sent.substr(begin, answer->sent.find("</Code>") - begin);
  };
  EXPECT_EQ(code("Action=GetNote&NoteId=none", 400), "NoteNotFoundException");
  EXPECT_EQ(code("Action=GetNote", 400), "ValidationError");
  EXPECT_EQ(code("Action=ListNotes&Limit=ten", 400), "MalformedInput");
  EXPECT_EQ(code("Action=Nothing", 400), "InvalidAction");
  EXPECT_EQ(code("Action=GetNote&Version=1999-01-01", 400), "InvalidAction");
  EXPECT_EQ(code("NoteId=abc", 400), "MissingAction");
  EXPECT_EQ(code("Action=%", 404), "MalformedQueryString");
  EXPECT_EQ(code("Action=PurgeNotes", 501), "NotImplemented");
  EXPECT_EQ(code("Action=GetNote&NoteId=abc", 403, ""), "MissingAuthenticationToken");
}

TEST_F(DispatchTest, SpeaksCbor) {
  const auto rpc = [this](std::string operation, std::string_view hex) {
    return send({"POST",
                 "/service/Notes_20261101/operation/" + operation,
                 {{"smithy-protocol", "rpc-v2-cbor"},
                  {"Content-Type", "application/cbor"},
                  {"Authorization", kAuthorization}},
                 *base::hex_decode(hex)});
  };
  // {"NoteId": "abc", "Note": {"Text": "hi"}}
  auto put = rpc("PutNote",
                 "bf664e6f7465496463616263644e6f7465a164546578746268"
                 "69ff");
  EXPECT_EQ(put->response.status, 200);
  EXPECT_EQ(put->header("Content-Type"), "application/cbor");
  EXPECT_EQ(put->header("smithy-protocol"), "rpc-v2-cbor");
  auto get = rpc("GetNote", "a1664e6f7465496463616263");
  EXPECT_EQ(base::hex_encode(get->sent), "a1644e6f7465a16454657874626869");
  auto missing = rpc("GetNote", "a1664e6f7465496463616264");
  EXPECT_EQ(missing->response.status, 400);
  EXPECT_EQ(missing->header("x-amzn-query-error"), "NoteNotFoundException;Sender");
  EXPECT_TRUE(missing->sent.find("#NoteNotFoundException") != std::string::npos);
  EXPECT_EQ(rpc("GetNote", "a1")->response.status, 400);
  EXPECT_EQ(rpc("GetNote", "")->header("x-amzn-query-error"), "ValidationError;Sender");
  EXPECT_EQ(rpc("Nothing", "a0")->header("x-amzn-query-error"), "UnknownOperationException;Sender");
  EXPECT_EQ(rpc("PurgeNotes", "a0")->response.status, 501);
}

TEST_F(DispatchTest, WhatIsNotImplementedSaysSoByName) {
  auto purge = json("PurgeNotes", "{}");
  EXPECT_EQ(purge->response.status, 501);
  EXPECT_EQ(
      purge->sent,
      R"({"__type":"com.amazon.coral.service#NotImplemented","message":"Millrace does not implement notes:PurgeNotes"})");
}

TEST_F(DispatchTest, TooLargeABodyIsRefused) {
  auto large = json("ListNotes", std::string(101, ' '));
  EXPECT_EQ(large->response.status, 413);
}

TEST_F(DispatchTest, ABugBecomesOneAnswerWithoutDetails) {
  auto bug = json("ListNotes", R"({"Limit":99})");
  EXPECT_EQ(bug->response.status, 500);
  EXPECT_EQ(
      bug->sent,
      R"({"__type":"com.amazonaws.notes.v20261101#InternalServerError","message":"Internal server error"})");
}

TEST_F(DispatchTest, RefusesWhatIsBeyondItsLimitInFlight) {
  make_dispatcher({.max_in_flight = 0});
  EXPECT_EQ(json("ListNotes", "{}")->response.status, 503);
}

TEST_F(DispatchTest, RestBindsPathQueryAndHeaders) {
  EXPECT_EQ(rest("GET", "/2026-11-01/books?Marker=m%201&tag=a&tag=b%26c&MaxItems=5")->sent,
            R"({"Books":[{"Title":"a/m 1/5"},{"Title":"b&c/m 1/5"}]})");
  auto page = rest("GET", "/2026-11-01/books/b1/pages/one/t%77o/three");
  EXPECT_EQ(page->sent, "b1|one/two/three");
  EXPECT_EQ(page->header("X-Page-Number"), "12");
  EXPECT_EQ(page->header("Last-Modified"), "Mon, 16 Dec 2019 23:48:18 GMT");
  EXPECT_EQ(page->header("Content-Type"), "application/octet-stream");
  auto put = rest("PUT", "/2026-11-01/books/arn%3Ashelf%3Ab1%3A7", R"({"Title":"T","Tags":{"k":"v"}})");
  EXPECT_EQ(put->response.status, 201);
  EXPECT_EQ(put->sent, R"({"BookId":"arn:shelf:b1:7","Title":"T","Tags":{"k":"v"}})");
  auto gone = rest("DELETE", "/2026-11-01/books/b1", "", {{"if-match", "4"}});
  EXPECT_EQ(gone->response.status, 204);
  EXPECT_EQ(gone->sent, "");
  EXPECT_EQ(shelf_.last_revision, 4);
}

TEST_F(DispatchTest, RestErrorsNameThemselvesInAHeader) {
  auto none = rest("DELETE", "/2026-11-01/books/none");
  EXPECT_EQ(none->response.status, 404);
  EXPECT_EQ(none->header("x-amzn-ErrorType"), "BookNotFoundException");
  EXPECT_EQ(none->sent, R"({"Type":"User","Message":"Book not found: none"})");
  auto bad = rest("PUT", "/2026-11-01/books/a:b", R"({"Title":"T"})");
  EXPECT_EQ(bad->response.status, 400);
  EXPECT_EQ(
      bad->sent,
      R"({"message":"1 validation error detected: Value 'a:b' at 'bookId' failed to satisfy constraint: Member must satisfy regular )"
      R"(expression pattern: (arn:shelf:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[0-9]+))?"})");
  EXPECT_EQ(rest("DELETE", "/2026-11-01/books/b1", "", {{"if-match", "x"}})->header("x-amzn-ErrorType"),
            "SerializationException");
  EXPECT_EQ(send({"GET", "/2026-11-01/books", {}, ""})->response.status, 403);
  EXPECT_EQ(rest("GET", "/2026-11-02/books")->response.status, 403);
  EXPECT_EQ(send({"GET", "/favicon.ico", {}, ""})->response.status, 404);
}

TEST_F(DispatchTest, AStreamingOperationAnswersByItself) {
  auto voice = rest("POST", "/2026-11-01/books/b1/voice", "not { json", {{"X-Voice", "lo"}});
  EXPECT_EQ(voice->sent, "la lo");
  EXPECT_TRUE(voice->finished);
  EXPECT_FALSE(voice->aborted);
  EXPECT_EQ(shelf_.last_script, "not { json");
  EXPECT_FALSE(voice->header("x-amzn-RequestId").empty());
  EXPECT_EQ(rest("POST", "/2026-11-01/books/mute/voice")->response.status, 404);
  EXPECT_TRUE(rest("POST", "/2026-11-01/books/hoarse/voice")->aborted);  // what has begun can only be cut
}

TEST_F(DispatchTest, OnlyPagesOfThisMachineMayReadAnswers) {
  EXPECT_EQ(rest("GET", "/2026-11-01/books", "", {{"Origin", "http://localhost:3000"}})
                ->header("Access-Control-Allow-Origin"),
            "http://localhost:3000");
  for (const char* origin : {"https://example.com", "http://localhost.example.com", "null"}) {
    EXPECT_EQ(
        rest("GET", "/2026-11-01/books", "", {{"Origin", origin}})->header("Access-Control-Allow-Origin"), "")
        << origin;
  }
  auto preflight = send({"OPTIONS",
                         "/",
                         {{"Origin", "http://127.0.0.1"}, {"Access-Control-Request-Headers", "x-amz-target"}},
                         ""});
  EXPECT_EQ(preflight->response.status, 200);
  EXPECT_EQ(preflight->header("Access-Control-Allow-Headers"), "x-amz-target");
}

TEST_F(DispatchTest, ExtraRoutesComeFirst) {
  dispatcher_->add_route([](const net::RequestHead& head) -> net::Handler {
    if (head.path != "/_health") return {};
    return [](net::Exchange& exchange) -> base::Task<> {
      net::ResponseHead ok;
      static_cast<void>(co_await exchange.send(std::move(ok), "fine"));
    };
  });
  EXPECT_EQ(send({"GET", "/_health", {}, ""})->sent, "fine");
  EXPECT_EQ(json("ListNotes", "{}")->sent, R"({"Notes":[]})");
}

TEST_F(DispatchTest, CountsByOperationAndOutcome) {
  json("ListNotes", "{}");
  json("GetNote", "{}");
  json("PurgeNotes", "{}");
  const std::string text = metrics_.prometheus_text();
  for (const char* line :
       {R"(millrace_requests_total{service="notes",operation="ListNotes",outcome="ok"} 1)",
        R"(millrace_requests_total{service="notes",operation="GetNote",outcome="client_error"} 1)",
        R"(millrace_requests_total{service="notes",operation="other",outcome="server_error"} 1)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST_F(DispatchTest, TheInProcessDoorIsTheSamePath) {
  const auto call = [&](std::string_view service, std::string_view operation, std::string_view input) {
    LocalCall local;
    local.service = service;
    local.operation = operation;
    local.input = input;
    local.principal.region = "eu-west-3";
    auto result = run(services_.call(local, clock_->now()));
    return result ? *result : result.error().code;
  };
  EXPECT_TRUE(
      call("notes", "PutNote", R"({"NoteId":"abc","Note":{"Text":"hi"}})").starts_with(R"({"Revision":7)"));
  EXPECT_EQ(call("notes", "GetNote", R"({"NoteId":"abc"})"), R"({"Note":{"Text":"hi"}})");
  EXPECT_EQ(call("notes", "GetNote", R"({"NoteId":"a"})"), "ValidationException");
  EXPECT_EQ(call("notes", "PurgeNotes", "{}"), "NotImplemented");
  EXPECT_EQ(call("notes", "Nothing", "{}"), "UnknownOperationException");
  EXPECT_EQ(call("shelf", "GetPage", R"({"BookId":"b1","Path":"p"})"),
            R"({"Body":"YjF8cA==","Number":12,"Printed":1576540098})");
  EXPECT_EQ(call("shelf", "DeleteBook", R"({"BookId":"b1"})"), "{}");
  EXPECT_EQ(call("shelf", "ReadAloud", R"({"BookId":"b1"})"), "NotImplemented");
}

TEST_F(DispatchTest, ListsWhatIsImplemented) {
  std::string text;
  for (const Services::Listed& row : services_.list()) {
    text.append(row.service).append(":").append(row.operation).append(row.implemented ? "+ " : "- ");
  }
  EXPECT_EQ(text,
            "notes:GetNote+ notes:ListNotes+ notes:PurgeNotes- notes:PutNote+ shelf:DeleteBook+ "
            "shelf:GetPage+ shelf:ListBooks+ "
            "shelf:PutBook+ shelf:ReadAloud+ ");
}

}  // namespace
}  // namespace millrace::wire
