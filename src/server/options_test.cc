#include "server/options.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

using Command = CommandLine::Command;

TEST(Options, DefaultsAreSafeAndSensible) {
  const CommandLine line = parse_command_line({"serve"});
  ASSERT_EQ(line.command, Command::kServe) << line.text;
  EXPECT_EQ(line.serve.port, 4566);
  EXPECT_EQ(line.serve.bind_address, "127.0.0.1");
  EXPECT_EQ(line.serve.durability, store::Durability::kSync);
  EXPECT_EQ(line.serve.account, "000000000000");
  EXPECT_GE(line.serve.threads, 1u);
}

TEST(Options, ReadsEveryKindOfValue) {
  const CommandLine line =
      parse_command_line({"serve", "--port=0", "--durability", "os", "--auth=enforce",
                          "--account=111122223333", "--data", "/tmp/x", "--threads=3", "--log-level=error"});
  ASSERT_EQ(line.command, Command::kServe) << line.text;
  EXPECT_EQ(line.serve.port, 0);
  EXPECT_EQ(line.serve.durability, store::Durability::kOs);
  EXPECT_EQ(line.serve.auth, AuthMode::kEnforce);
  EXPECT_EQ(line.serve.account, "111122223333");
  EXPECT_EQ(line.serve.threads, 3u);
  EXPECT_EQ(line.serve.log_level, base::LogLevel::kError);
}

TEST(Options, BeyondLoopbackAsksForSignaturesOrTheSpelledOutWish) {
  EXPECT_EQ(parse_command_line({"serve", "--bind=0.0.0.0"}).exit_code, 2);
  EXPECT_NE(parse_command_line({"serve", "--bind=0.0.0.0"}).text.find("--auth=enforce"), std::string::npos);
  EXPECT_EQ(parse_command_line({"serve", "--bind=0.0.0.0", "--insecure"}).command, Command::kServe);
  EXPECT_EQ(parse_command_line({"serve", "--bind=::", "--auth=enforce"}).command, Command::kServe);
  EXPECT_EQ(parse_command_line({"serve", "--bind=127.0.0.2"}).command, Command::kServe);
  EXPECT_EQ(parse_command_line({"serve", "--bind=::1"}).command, Command::kServe);
}

TEST(Options, SaysWhatIsWrong) {
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{},
                                             {"serv"},
                                             {"serve", "--port=70000"},
                                             {"serve", "--account=12"},
                                             {"serve", "--auth=maybe"},
                                             {"serve", "--bind=nowhere"},
                                             {"serve", "--no-such"}}) {
    const CommandLine line = parse_command_line(bad);
    EXPECT_EQ(line.command, Command::kDone);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_FALSE(line.text.empty());
  }
}

TEST(Options, HelpAndVersionLeaveWithZero) {
  for (const char* flag : {"--help", "--version"}) {
    const CommandLine line = parse_command_line({flag});
    EXPECT_EQ(line.command, Command::kDone);
    EXPECT_EQ(line.exit_code, 0);
    EXPECT_NE(line.text.find("illrace"), std::string::npos);
  }
}

TEST(Options, CommandLineBeatsEnvironmentBeatsFile) {
  const std::string file = ::testing::TempDir() + "millrace-options.toml";
  std::ofstream(file) << "port = 1001\naccount = \"222222222222\"\nregion = \"eu-west-1\"\n";
  ::setenv("MILLRACE_PORT", "1002", 1);
  const CommandLine line = parse_command_line({"serve", "--config", file, "--region=us-west-2"});
  ::unsetenv("MILLRACE_PORT");
  ASSERT_EQ(line.command, Command::kServe) << line.text;
  EXPECT_EQ(line.serve.port, 1002);
  EXPECT_EQ(line.serve.account, "222222222222");
  EXPECT_EQ(line.serve.region, "us-west-2");
}

}  // namespace
}  // namespace millrace::server
