// The helper process: what it starts, what it says of it, and that nothing outlives the server.
#include "runtime/spawner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/spawn_message.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using Kind = SpawnEvent::Kind;

class SpawnerTest : public ::testing::Test {
 protected:
  SpawnerTest() : left_open(::open("/dev/null", O_RDONLY)), spawner(std::move(*Spawner::start())) {
    spawner->deliver_events(context, [this](const SpawnEvent& event) { events.push_back(event); });
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  }
  ~SpawnerTest() override {
    spawner->stop_events();  // on a context that goes first
    ::close(left_open);
    ::close(pipe[0]);
    if (pipe[1] >= 0) ::close(pipe[1]);
  }
  // sh -c `script`, writing to the pipe.
  SpawnRequest shell(std::uint64_t id, const std::string& script) {
    SpawnRequest request;
    request.id = id;
    request.arguments = {"/bin/sh", "-c", script};
    request.descriptors = {{pipe[1], 1}};
    return request;
  }
  SpawnEvent wait(std::uint64_t id, Kind kind) {
    for (;;) {
      for (const SpawnEvent& event : events) {
        if (event.id == id && event.kind == kind) return event;
      }
      context.restart();
      if (context.run_one_for(std::chrono::seconds(20)) == 0) throw std::runtime_error("no event");
    }
  }
  std::string output() {
    ::close(pipe[1]);
    pipe[1] = -1;
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }

  int left_open;  // inherited by the spawner; it must not go further
  std::unique_ptr<Spawner> spawner;
  boost::asio::io_context context;
  std::vector<SpawnEvent> events;
  int pipe[2];
};

TEST_F(SpawnerTest, StartsWithWhatItIsGivenAndNothingElse) {
  SpawnRequest request = shell(1, "pwd; env | sort; for fd in 0 2 " + std::to_string(left_open) +
                                      "; do [ -e /proc/$$/fd/$fd ] && echo inherited $fd; done; exit 3");
  request.environment = {"ONE=1", "PATH=/usr/bin:/bin"};
  request.folder = "/usr";
  ASSERT_EQ(spawner->spawn(request), std::nullopt);
  EXPECT_GT(wait(1, Kind::kStarted).pid, 0);
  const SpawnEvent exit = wait(1, Kind::kExited);
  EXPECT_EQ(WEXITSTATUS(exit.status), 3);
  EXPECT_GT(exit.max_rss_kb, 0u);
  const std::string text = output();
  EXPECT_THAT(text, ::testing::StartsWith("/usr\n"));
  EXPECT_THAT(text, HasSubstr("ONE=1\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("inherited")));
}

TEST_F(SpawnerTest, SaysWhatFailed) {
  SpawnRequest request;
  request.id = 7;
  request.arguments = {"/no/such/program"};
  ASSERT_EQ(spawner->spawn(request), std::nullopt);
  EXPECT_EQ(wait(7, Kind::kFailed).error, "exec: No such file or directory");
  request.id = 8;
  request.arguments = {"/bin/true"};
  request.folder = "/no/such/folder";
  ASSERT_EQ(spawner->spawn(request), std::nullopt);
  EXPECT_EQ(wait(8, Kind::kFailed).error, "chdir: No such file or directory");
  request.id = 9;
  request.environment = {std::string(1 << 20, 'x')};
  EXPECT_EQ(spawner->spawn(request), "the environment of the sandbox is too large");
}

TEST_F(SpawnerTest, SignalsTheWholeGroup) {
  ASSERT_EQ(spawner->spawn(shell(1, "sleep 99 & echo $!; wait")), std::nullopt);
  wait(1, Kind::kStarted);
  char child[16] = {};
  ASSERT_GT(::read(pipe[0], child, sizeof child - 1), 0);
  spawner->signal(1, SIGKILL);
  EXPECT_EQ(WTERMSIG(wait(1, Kind::kExited).status), SIGKILL);
  EXPECT_EQ(output(), "") << "nobody holds the pipe any more";
}

TEST_F(SpawnerTest, DropsPrivileges) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  SpawnRequest request = shell(1,
                               "id -u; id -g; id -G; cat /proc/$PPID/environ >/dev/null 2>&1 && echo "
                               "readable; kill -9 $PPID 2>/dev/null && echo killed; true");
  request.environment = {"PATH=/usr/bin:/bin"};
  request.user = 61184;
  ASSERT_EQ(spawner->spawn(request), std::nullopt);
  EXPECT_EQ(wait(1, Kind::kExited).status, 0);
  EXPECT_EQ(output(), "61184\n61184\n61184\n");
}

TEST(SpawnerLife, NothingOutlivesTheServer) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  int told[2];
  ASSERT_EQ(::pipe2(told, O_CLOEXEC), 0);
  const pid_t server = ::fork();
  if (server == 0) {
    auto spawner = Spawner::start();
    boost::asio::io_context context;
    (*spawner)->deliver_events(context, [&](const SpawnEvent& event) {
      [[maybe_unused]] const ssize_t ignored = ::write(told[1], &event.pid, sizeof event.pid);
    });
    SpawnRequest request;
    request.id = 1;
    request.arguments = {"/bin/sleep", "99"};
    (*spawner)->spawn(request);
    context.run();
    ::_exit(0);
  }
  pid_t sandbox = 0;
  ASSERT_EQ(::read(told[0], &sandbox, sizeof sandbox), static_cast<ssize_t>(sizeof sandbox));
  ::kill(server, SIGKILL);
  EXPECT_EQ(::waitpid(server, nullptr, 0), server);
  // Orphans become ours; both the spawner and its child must end of themselves.
  int status = 0;
  bool sandbox_ended = false;
  for (pid_t pid; (pid = ::wait(&status)) > 0;)
    sandbox_ended = sandbox_ended || (pid == sandbox && WIFSIGNALED(status));
  EXPECT_TRUE(sandbox_ended || ::kill(sandbox, 0) != 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  ::close(told[0]);
  ::close(told[1]);
}

TEST(SpawnMessages, GarbageIsRefused) {
  SpawnRequest request;
  request.id = 5;
  request.arguments = {"a", "b"};
  request.environment = {"c=d"};
  request.descriptors = {{9, 1}};
  const std::string good = encode(request);
  ASSERT_TRUE(decode_spawn(good));
  EXPECT_EQ(decode_spawn(good)->arguments, request.arguments);
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_FALSE(decode_spawn(good.substr(0, n))) << n;
  EXPECT_FALSE(decode_signal(good));
  EXPECT_FALSE(decode_event(good));
  EXPECT_EQ(decode_signal(encode(SignalRequest{3, 9}))->signal_number, 9);
}

}  // namespace
}  // namespace millrace::runtime
