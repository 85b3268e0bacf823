// What a function in a room of its own can reach, and what it cannot. Each attack is a handler.
#include "runtime/room.h"

#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"
#include "runtime/syscall_filter.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using testing::Reply;
using testing::TestRuntime;

// What is in /tmp of the function's own: a checkout below the machine's /tmp is seen there too, read-only.
constexpr const char* kOwnFiles =
    "require('fs').readdirSync('/tmp').filter((n) => !process.argv[1].startsWith('/tmp/' + n))";

class RoomTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string why = why_no_rooms();
    if (!why.empty()) GTEST_SKIP() << "this machine has no namespaces for it: " << why;
    runtime = std::make_unique<TestRuntime>();
  }
  // The handler's body.
  Reply run(const std::string& body) {
    const std::string text =
        "const fs = require('fs'); const { execSync } = require('child_process');\n"
        "exports.handler = async (event) => {" +
        body + "}";
    return runtime->invoke(
        runtime->js(text, [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(30); }));
  }
  std::unique_ptr<TestRuntime> runtime;
};

TEST_F(RoomTest, PathsAreAwss) {
  EXPECT_EQ(
      run("return [process.cwd(), __filename, process.env.LAMBDA_TASK_ROOT, fs.readdirSync('/var/task')]")
          .body,
      R"(["/var/task","/var/task/index.js","/var/task",["index.js"]])");
}

TEST_F(RoomTest, NothingOfTheMachineIsThereButPrograms) {
  const Reply reply = run("return fs.readdirSync('/').sort()");
  for (const char* name : {"\"home\"", "\"root\"", "\"srv\"", "\"mnt\"", "\"boot\"", "\"sys\"", "\"run\""})
    EXPECT_THAT(reply.body, ::testing::Not(HasSubstr(name)));
  for (const char* name : {"\"usr\"", "\"etc\"", "\"tmp\"", "\"opt\"", "\"proc\"", "\"dev\"", "\"var\""})
    EXPECT_THAT(reply.body, HasSubstr(name));
  // The data folder of this test is below the machine's /tmp.
  EXPECT_EQ(run("return [fs.existsSync('" + runtime->code().folder() + "'), " + kOwnFiles + ".length]").body,
            "[false,0]");
}

TEST_F(RoomTest, WhatNoFunctionNeedsOfTheKernelIsDenied) {
  const std::string why = why_no_filter();
  if (!why.empty()) GTEST_SKIP() << "the kernel does not filter system calls: " << why;
  EXPECT_THAT(run("return fs.readFileSync('/proc/self/status', 'utf8')").body, HasSubstr("Seccomp:\\t2"));
  // Anybody may make a user namespace, on most machines, and is root in it.
  EXPECT_THAT(
      run("try { return String(execSync('unshare --user --map-root-user id -u 2>&1')) } catch (e) { return "
          "String(e.stdout) }")
          .body,
      HasSubstr("Operation not permitted"));
  // Threads and processes still start; their libraries ask for clone3 first.
  EXPECT_EQ(run("return String(execSync('echo $(echo deep)'))").body, R"("deep\n")");
}

TEST_F(RoomTest, OnlyTmpCanBeWritten) {
  const std::string attempt =
      "const tried = {}; for (const at of ['/x', '/var/task/x', '/opt/x', '/usr/x', '/etc/x', '/dev/x', "
      "'/var/x', '/tmp/x']) "
      "{ try { fs.writeFileSync(at, 'x'); tried[at] = true } catch { tried[at] = false } } return tried;";
  EXPECT_EQ(
      run(attempt).body,
      R"({"/x":false,"/var/task/x":false,"/opt/x":false,"/usr/x":false,"/etc/x":false,"/dev/x":false,"/var/x":false,"/tmp/x":true})");
}

TEST_F(RoomTest, TmpIsPrivateAndBounded) {
  EXPECT_EQ(run(std::string("fs.writeFileSync('/tmp/mine', 'x'); return ") + kOwnFiles).body, R"(["mine"])");
  EXPECT_EQ(run(std::string("return ") + kOwnFiles).body, "[]") << "of another function";
  EXPECT_FALSE(std::ifstream("/tmp/mine").good());
  const FunctionPtr full = runtime->js(
      "exports.handler = async () => { const fs = require('fs'); const part = Buffer.alloc(8 << 20); let n = "
      "0;"
      " try { for (; n < 100; ++n) fs.appendFileSync('/tmp/full', part) } catch (error) { return "
      "[error.code, n] } return n }",
      [](FunctionSpec& spec) {
        spec.ephemeral_storage_mb = 64;
        spec.timeout = std::chrono::seconds(20);
      });
  EXPECT_EQ(runtime->invoke(full).body, R"(["ENOSPC",8])");
}

TEST_F(RoomTest, OtherProcessesCannotBeSeen) {
  const Reply reply = run("return fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length");
  EXPECT_THAT(reply.body, ::testing::AnyOf("2", "3")) << "the room's first process, this one";
  EXPECT_EQ(
      run("const own = fs.readdirSync('/proc/self/task').map(Number); let n = 0;"
          "for (let pid = 2; pid < 5000; ++pid) { if (own.includes(pid)) continue;"
          "try { process.kill(pid, 0); ++n } catch (error) { if (error.code === 'EPERM') ++n } } return n")
          .body,
      "0");
  EXPECT_EQ(run("try { return fs.readFileSync('/proc/1/environ', 'utf8').length } catch (error) { return "
                "error.code }")
                .body,
            R"("EACCES")");
}

TEST_F(RoomTest, WhatIsLeftBehindEndsWithTheSandbox) {
  // A grandchild in a session of its own: no signal to the group reaches it. It holds a connection to this test, whose end
  // tells of its own.
  boost::asio::io_context context;
  using boost::asio::ip::tcp;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  const FunctionPtr function = runtime->js(
      "exports.handler = async () => { const child = require('child_process').spawn(process.execPath, ['-e', "
      "\"require('net').connect(" +
      std::to_string(acceptor.local_endpoint().port()) +
      ", '127.0.0.1', () => console.log('up'))\"], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }); "
      "await new Promise((done) => child.stdout.once('data', done)); process.exit(1) }");
  EXPECT_EQ(runtime->invoke(function).outcome.failure, InvokeFailure::kCrashed);
  acceptor.non_blocking(true);  // it has connected before the handler went on
  tcp::socket held(context);
  boost::system::error_code error;
  acceptor.accept(held, error);
  ASSERT_FALSE(error) << error.message();
  char byte = 0;
  held.async_receive(boost::asio::buffer(&byte, 1),
                     [&](boost::system::error_code e, std::size_t) { error = e; });
  EXPECT_EQ(context.run_for(std::chrono::seconds(10)), 1) << "it still lives";
  EXPECT_TRUE(error == boost::asio::error::eof || error == boost::asio::error::connection_reset)
      << error.message();
}

TEST_F(RoomTest, ProgramsAndNamesWork) {
  EXPECT_EQ(run("return execSync('echo $((6*7)); ls /dev/null; cat < /dev/zero | head -c 2 | wc -c', { "
                "encoding: 'utf8' })")
                .body,
            R"("42\n/dev/null\n2\n")");
  EXPECT_EQ(run("return (await require('dns').promises.lookup('localhost')).address.length > 2").body,
            "true");
}

TEST_F(RoomTest, WhatNodeReadsAsItStartsMayBeInThePackage) {
  const FunctionPtr function = runtime->function(
      {{"index.js", "exports.handler = async () => globalThis.preloaded"},
       {"pre.js", "globalThis.preloaded = 'yes'"}},
      [](FunctionSpec& spec) { spec.environment["NODE_OPTIONS"] = "--require /var/task/pre.js"; });
  EXPECT_EQ(runtime->invoke(function).body, R"("yes")");
}

TEST(RoomAhead, AProcessStartedAheadIsFurnishedLater) {
  const std::string why = why_no_rooms();
  if (!why.empty()) GTEST_SKIP() << "this machine has no namespaces for it: " << why;
  TestRuntime ahead([](RuntimeOptions& options) { options.prestarted = 1; });
  for (int i = 0; i < 3; ++i) {
    const std::string text = std::to_string(i);
    const FunctionPtr function =
        ahead.js("exports.handler = async () => [" + text + ", __dirname, " + kOwnFiles + ".length]");
    EXPECT_EQ(ahead.invoke(function).body, "[" + text + R"(,"/var/task",0])");
  }
}

TEST(PlainProcesses, RunWhereNamespacesAreNotWanted) {
  TestRuntime runtime([](RuntimeOptions& options) { options.rooms = false; });
  const Reply reply =
      runtime.invoke(runtime.js("exports.handler = async () => process.env.LAMBDA_TASK_ROOT"));
  EXPECT_THAT(reply.body, HasSubstr(runtime.code().folder()));
}

}  // namespace
}  // namespace millrace::runtime
