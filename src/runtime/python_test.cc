// Python functions in real sandboxes: what a handler is given, and what becomes of what it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::Reply;
using testing::TestRuntime;
using testing::ZipEntry;

class PythonTest : public ::testing::Test {
 protected:
  FunctionPtr py(const std::vector<ZipEntry>& files, const std::string& handler = "app.handler",
                 const std::function<void(FunctionSpec&)>& adjust = {}) {
    return runtime.function(files, [&](FunctionSpec& spec) {
      spec.runtime_id = "python3.12";
      spec.handler = handler;
      spec.timeout = std::chrono::seconds(10);
      if (adjust) adjust(spec);
    });
  }
  FunctionPtr py(const std::string& source) { return py({{"app.py", source}}); }
  Reply run(const std::string& source, std::string event = "{}") {
    return runtime.invoke(py(source), std::move(event));
  }
  TestRuntime runtime;
};

TEST_F(PythonTest, Answers) {
  EXPECT_EQ(run("def handler(e, c): return {'got': e['n'] + 1}", R"({"n":1})").body, R"({"got": 2})");
  EXPECT_EQ(run("def handler(e, c): pass").body, "null");
  EXPECT_EQ(run("import decimal\ndef handler(e, c): return decimal.Decimal('1.5')").body, "1.5");
  EXPECT_EQ(run("def handler(e, c): return 'ü'").body, "\"ü\"");
  const auto old = [](FunctionSpec& spec) { spec.runtime_id = "python3.9"; };
  EXPECT_EQ(runtime.invoke(py({{"app.py", "def handler(e, c): return 'ü'"}}, "app.handler", old)).body,
            R"("\u00fc")");
}

TEST_F(PythonTest, HandlersInFoldersAndPackages) {
  const std::string source = "from .other import x\ndef f(e, c): return x";
  const std::vector<ZipEntry> files{
      {"pkg/__init__.py", ""}, {"pkg/mod.py", source}, {"pkg/other.py", "x = 'other'"}};
  EXPECT_EQ(runtime.invoke(py(files, "pkg.mod.f")).body, R"("other")");
  EXPECT_EQ(runtime.invoke(py(files, "pkg/mod.f")).body, R"("other")");
}

TEST_F(PythonTest, ContextObject) {
  const FunctionPtr function = py(
      "def handler(e, c):\n"
      "  return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, "
      "c.aws_request_id, c.log_group_name, c.log_stream_name, 0 < c.get_remaining_time_in_millis() <= 10000, "
      "c.identity.cognito_identity_id, c.client_context.custom['a'], c.client_context.client.app_title]");
  Invocation invocation = runtime.invocation(function);
  const std::string id = invocation.request_id;
  invocation.client_context = R"({"custom":{"a":"b"},"client":{"app_title":"t"}})";
  const std::string body = runtime.invoke(std::move(invocation)).body;
  EXPECT_THAT(
      body,
      HasSubstr(R"(["test", "$LATEST", "arn:aws:lambda:us-east-1:000000000000:function:test", "128", )"));
  EXPECT_THAT(body, HasSubstr(id));
  EXPECT_THAT(body, HasSubstr(R"(, true, null, "b", "t"])"));
  EXPECT_EQ(run("def handler(e, c): return c.client_context").body, "null");
}

TEST_F(PythonTest, ErrorsOfTheHandler) {
  Invocation invocation = runtime.invocation(py("def handler(e, c):\n  raise ValueError('no good')"));
  const std::string id = invocation.request_id;
  const Reply thrown = runtime.invoke(std::move(invocation));
  EXPECT_EQ(thrown.outcome.failure, InvokeFailure::kHandled);
  EXPECT_THAT(thrown.outcome.error_json,
              HasSubstr(R"({"errorMessage": "no good", "errorType": "ValueError", "requestId": ")" + id +
                        R"(", "stackTrace": ["  File \")"));
  EXPECT_THAT(thrown.outcome.error_json,
              HasSubstr(R"(/app.py\", line 2, in handler\n    raise ValueError('no good')\n"]})"));
  EXPECT_THAT(runtime.log_text(),
              HasSubstr("[ERROR] ValueError: no good\nTraceback (most recent call last):\n  File"));

  const Reply unencodable = run("def handler(e, c): return {1, 2}");
  EXPECT_THAT(unencodable.outcome.error_json, HasSubstr("Runtime.MarshalError"));
  EXPECT_THAT(unencodable.outcome.error_json,
              HasSubstr("Unable to marshal response: Object of type set is not JSON serializable"));
}

TEST_F(PythonTest, ErrorsOfInit) {
  struct Case {
    std::vector<ZipEntry> files;
    std::string handler;
    std::string type;
    std::string message;
  };
  const std::vector<Case> cases{
      {{{"a.py", ""}},
       "b.f",
       "Runtime.ImportModuleError",
       "Unable to import module 'b': No module named 'b'"},
      {{{"a.py", "import nothing_here"}},
       "a.f",
       "Runtime.ImportModuleError",
       "Unable to import module 'a': No module named 'nothing_here'"},
      {{{"a.py", ""}}, "a.f", "Runtime.HandlerNotFound", "Handler 'f' missing on module 'a'"},
      {{{"a.py", "def f(:"}}, "a.f", "Runtime.UserCodeSyntaxError", "Syntax error in module 'a': "},
      {{{"a.py", ""}}, "a", "Runtime.MalformedHandlerName", "Bad handler 'a'"},
      {{{"a.py", "raise KeyError('k')"}}, "a.f", "KeyError", "'k'"},
  };
  for (const Case& c : cases) {
    const Reply reply = runtime.invoke(py(c.files, c.handler));
    EXPECT_EQ(reply.outcome.failure, InvokeFailure::kInit) << c.type;
    EXPECT_THAT(reply.outcome.error_json, HasSubstr("\"errorType\": \"" + c.type + "\"")) << c.message;
    EXPECT_THAT(reply.outcome.error_json, HasSubstr("\"errorMessage\": \"" + c.message));
    EXPECT_THAT(runtime.log_text(), HasSubstr("[ERROR] " + c.type));
  }
}

TEST_F(PythonTest, EndsOfTheProcess) {
  const Reply exited = run("import sys\ndef handler(e, c): sys.exit(3)");
  EXPECT_EQ(exited.outcome.failure, InvokeFailure::kCrashed);
  EXPECT_THAT(exited.outcome.error_json, HasSubstr("Runtime exited with error: exit status 3"));
  const Reply late = runtime.invoke(
      py({{"app.py", "import time\ndef handler(e, c):\n  print('last words', end='')\n  time.sleep(60)"}},
         "app.handler", [](FunctionSpec& spec) { spec.timeout = std::chrono::milliseconds(1500); }));
  EXPECT_EQ(late.outcome.failure, InvokeFailure::kTimeout);
  EXPECT_THAT(runtime.log_text(), HasSubstr("last words\n"))
      << "nothing printed is lost with a killed process";
}

TEST_F(PythonTest, PrintAndLoggingComeInOrder) {
  Invocation invocation = runtime.invocation(
      py("import logging, sys\nlog = logging.getLogger()\nlog.setLevel('INFO')\n"
         "def handler(e, c):\n  print('one\\ntwo')\n  log.info('three\\nlines')\n  print('four', end='')\n"
         "  log.warning('five')\n  sys.stderr.write('six')\n"));
  const std::string id = invocation.request_id;
  runtime.invoke(std::move(invocation));
  std::vector<std::string> messages;
  for (const LogEvent& event : runtime.logs())
    messages.push_back(event.message);
  using ::testing::StartsWith;
  EXPECT_THAT(messages,
              ::testing::ElementsAre(StartsWith("INIT_START"), StartsWith("START"), "one", "two",
                                     MatchesRegex("\\[INFO\\]\t20[0-9T:.-]*Z\t" + id + "\tthree\nlines"),
                                     "four", MatchesRegex("\\[WARNING\\]\t.*\t" + id + "\tfive"), "six",
                                     StartsWith("END"), StartsWith("REPORT")));
}

TEST_F(PythonTest, LogsAsJson) {
  runtime.invoke(
      py({{"app.py",
           "import logging\nlog = logging.getLogger('mine')\n"
           "def handler(e, c):\n  log.debug('hidden')\n  log.info('shown', extra={'k': 1})\n  1 / 0"}},
         "app.handler", [](FunctionSpec& spec) { spec.log_format = "JSON"; }));
  const std::string text = runtime.log_text();
  EXPECT_THAT(text, HasSubstr(R"("level": "INFO", "message": "shown", "logger": "mine", "requestId": ")"));
  EXPECT_THAT(text, HasSubstr(R"("k": 1})"));
  EXPECT_THAT(text, HasSubstr(R"("errorType": "ZeroDivisionError")"));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
}

TEST_F(PythonTest, WarmStateAndLargeEvents) {
  const FunctionPtr function =
      py("n = 0\ndef handler(e, c):\n  global n\n  n += 1\n  return [n, len(e), e[:3] * 2]");
  EXPECT_EQ(runtime.invoke(function, R"("abc")").body, R"([1, 3, "abcabc"])");
  const std::string large(3 << 20, 'x');
  const Reply reply = runtime.invoke(function, "\"" + large + "\"");
  EXPECT_EQ(reply.body, R"([2, 3145728, "xxxxxx"])");
  EXPECT_GT(reply.outcome.max_memory_mb, 5U);
}

TEST_F(PythonTest, EnvironmentAndFolder) {
  const FunctionPtr function =
      py({{"app.py",
           "import os, sys\ndef handler(e, c): return [os.environ['MINE'], os.environ['AWS_EXECUTION_ENV'], "
           "os.getcwd() == os.environ['LAMBDA_TASK_ROOT'] == sys.path[0], "
           "os.environ['AWS_ENDPOINT_URL'], any('dist-packages' in p for p in sys.path)]"}},
         "app.handler", [](FunctionSpec& spec) { spec.environment["MINE"] = "yes"; });
  EXPECT_EQ(runtime.invoke(function).body,
            R"(["yes", "AWS_Lambda_python3.12", true, "http://127.0.0.1:9", false])");
}

TEST(PythonAhead, AProcessStartedAheadTakesOnItsFunction) {
  TestRuntime runtime([](RuntimeOptions& options) { options.prestarted = 1; });
  const auto as_python = [](FunctionSpec& spec) {
    spec.runtime_id = "python3.13";
    spec.handler = "app.handler";
    spec.timeout = std::chrono::seconds(10);
  };
  for (int i = 0; i < 3; ++i) {
    const FunctionPtr function = runtime.function(
        {{"app.py", "import os\ndef handler(e, c): return os.environ['AWS_EXECUTION_ENV']"}}, as_python);
    EXPECT_EQ(runtime.invoke(function).body, R"("AWS_Lambda_python3.13")");
  }
}

}  // namespace
}  // namespace millrace::runtime
