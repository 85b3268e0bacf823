// Runs the published SigV4 vectors; see README.md. Exit 1 when any case fails or none was found.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"

namespace {

namespace fs = std::filesystem;
using namespace millrace;

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

// Enough for these files: the string or bare word after "name":.
std::string json_value(const std::string& json, const std::string& name) {
  std::size_t at = json.find('"' + name + '"');
  if (at == std::string::npos) return "";
  at = json.find_first_not_of(" :", at + name.size() + 2);
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",}\n", at) - at);
}

// A request as text: a line, fields (a line that starts with a space continues the one before), a blank line, the body.
struct Request {
  explicit Request(std::string a_text) : text(std::move(a_text)) {
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    while (std::getline(lines, line) && !line.empty()) {
      if (line[0] == ' ' && !fields.empty()) {
        fields.back().second += "\n" + line;
        continue;
      }
      const std::size_t colon = line.find(':');
      fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    std::stringstream rest;
    rest << lines.rdbuf();
    body = rest.str();
    if (body.find_first_not_of('\n') == std::string::npos) body.clear();
  }
  net::RequestHead head() const {
    net::RequestHead out;
    out.method = method;
    out.target = target;
    const std::size_t mark = target.find('?');
    out.path = out.target.substr(0, mark);
    if (mark != std::string::npos) out.query = out.target.substr(mark + 1);
    for (const auto& [name, value] : fields)
      out.headers.push_back({name, value});
    return out;
  }
  std::string text, method, target, body;
  std::vector<std::pair<std::string, std::string>> fields;
};

struct Case {
  std::string name;
  fs::path folder;
  std::string context;
  std::string form;  // "header" or "query"
};

class Report {
 public:
  void check(const Case& the, std::string_view what, std::string_view expected, std::string_view got) {
    ++checks_;
    if (expected == got) return;
    ++failures_;
    fmt::print("FAIL {} ({}): {}\n--- expected\n{}\n--- got\n{}\n", the.name, the.form, what, expected, got);
  }
  int checks() const { return checks_; }
  int failures() const { return failures_; }

 private:
  int checks_ = 0;
  int failures_ = 0;
};

void run_verify(const Case& the, Report& report) {
  const Request request(slurp(the.folder / (the.form + "-signed-request.txt")));
  const net::RequestHead head = request.head();
  auto claim = wire::parse_signature(head);
  if (!claim) return report.check(the, "parse", "", claim.error().message);
  wire::sigv4::CanonicalOptions options;
  if (json_value(the.context, "normalize") == "false") options.path = wire::sigv4::PathStyle::kAsSent;
  if (json_value(the.context, "omit_session_token") == "true")
    options.token = wire::sigv4::TokenInQuery::kUnsigned;
  const std::string hash = wire::sigv4::payload_hash(head, *claim, request.body, false);
  const std::string canonical = wire::sigv4::canonical_request(head, *claim, hash, options);
  report.check(the, "canonical request", trimmed(slurp(the.folder / (the.form + "-canonical-request.txt"))),
               canonical);
  report.check(the, "string to sign", trimmed(slurp(the.folder / (the.form + "-string-to-sign.txt"))),
               wire::sigv4::string_to_sign(*claim, canonical));
  auto verified =
      wire::verify_signature(head, *claim, request.body, json_value(the.context, "secret_access_key"),
                             *wire::parse_amz_timestamp("20150830T123600Z"), {"service", false});
  report.check(the, "verify", "", verified ? "" : verified.error().message);
}

void run_sign(const Case& the, Report& report) {
  if (json_value(the.context, "normalize") == "false") return;
  Request request(slurp(the.folder / "request.txt"));
  wire::SigningKey key{json_value(the.context, "access_key_id"), json_value(the.context, "secret_access_key"),
                       json_value(the.context, "token"), json_value(the.context, "region"), "service"};
  if (json_value(the.context, "omit_session_token") == "true") key.session_token.clear();
  const base::WallTime when = *wire::parse_amz_timestamp("20150830T123600Z");
  const std::string expected = trimmed(slurp(the.folder / (the.form + "-signature.txt")));
  std::string got;
  if (the.form == "header") {
    const Request signed_request(slurp(the.folder / "header-signed-request.txt"));
    for (const auto& field : signed_request.fields) {
      if (field.first == "x-amz-content-sha256") request.fields.push_back(field);
    }
    got = wire::sign_headers(request.head(), request.body, key, when).back().second;
  } else {
    got = wire::sign_query(request.head(), request.body, key, when, 3600);
  }
  report.check(the, "signature", expected, got.substr(got.rfind('=') + 1));
}

}  // namespace

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : std::getenv("SIGV4_VECTORS");
  if (folder == nullptr || !fs::is_directory(folder)) {
    fmt::print(
        stderr,
        "usage: sigv4_vectors FOLDER (or SIGV4_VECTORS=FOLDER): .../tests/aws-signing-test-suite/v4\n");
    return 2;
  }
  Report report;
  int cases = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!fs::exists(entry.path() / "context.json")) continue;
    for (const char* form : {"header", "query"}) {
      const Case the{entry.path().filename(), entry.path(), slurp(entry.path() / "context.json"), form};
      ++cases;
      run_verify(the, report);
      run_sign(the, report);
    }
  }
  fmt::print("{} cases, {} checks, {} failed\n", cases, report.checks(), report.failures());
  return cases > 0 && report.failures() == 0 ? 0 : 1;
}
