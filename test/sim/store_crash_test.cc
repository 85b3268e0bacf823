// Kills a store under load with SIGKILL, again and again, and looks afterwards: every acknowledged write is there, no
// log record without its item change, none the other way round, no position ahead of what was written.
//
//   store_crash_test ROUNDS [SEED]     the test; exits 0 when everything held
//   store_crash_test load FOLDER os|sync      (by the test) writes until killed, each acknowledgement to stdout
//   store_crash_test look FOLDER       (by the test) says what the store holds
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/random.h"
#include "store/run_testing.h"
#include "store/store.h"
#include "store/temp_folder_testing.h"

namespace {

using namespace millrace;
using store::Batch;
using store::Reader;
using Verdict = base::Result<store::Verdict, store::StoreError>;

constexpr int kWriters = 16;
constexpr int kThreads = 2;
constexpr int kLogs = 3;

std::string item_key(int writer) {
  return fmt::format("item/{:02}", writer);
}
std::string position_key(int writer) {
  return fmt::format("position/{:02}", writer);
}
store::LogId log_of(int writer) {
  return static_cast<store::LogId>(100 + writer % kLogs);
}

std::unique_ptr<store::Store> open_store(const std::string& folder, bool sync) {
  store::RocksOptions options;
  options.folder = folder;
  options.durability = sync ? store::Durability::kSync : store::Durability::kOs;
  options.write_buffer_bytes = 256 << 10;  // so that flushes happen, too
  auto opened = store::open_rocks_store(options);
  if (opened) return std::move(*opened);
  fmt::print(stderr, "cannot open the store: {}\n", opened.error().message);
  std::exit(3);
}

struct Acknowledged {
  std::int32_t writer;
  std::int32_t number;
};

// An item that counts up, a record of each step, and now and then a position that follows the item.
base::Task<> write_on(store::Store& store, int writer) {
  for (;;) {
    int number = 0;
    auto decide = [&](Reader& view, Batch& batch) -> Verdict {
      const auto old = view.get(item_key(writer));
      if (!old) return base::fail(old.error());
      number = *old ? std::atoi((*old)->c_str()) + 1 : 1;
      batch.put(item_key(writer), fmt::format("{:<200}", number));
      batch.append(log_of(writer), fmt::format("{} {}", writer, number));
      if (number % 7 == 0) batch.put(position_key(writer), std::to_string(number));
      return store::Verdict::kCommit;
    };
    store::LambdaTransaction transaction(decide);
    transaction.keys = {item_key(writer)};
    const auto done = co_await store.commit(transaction);
    if (!done) std::_Exit(4);
    const Acknowledged told{writer, number};
    if (::write(STDOUT_FILENO, &told, sizeof told) != sizeof told) std::_Exit(5);
  }
}

int load(const std::string& folder, bool sync) {
  auto store = open_store(folder, sync);
  std::array<boost::asio::io_context, kThreads> contexts;
  for (int writer = 0; writer < kWriters; ++writer) {
    boost::asio::co_spawn(contexts[static_cast<std::size_t>(writer % kThreads)], write_on(*store, writer),
                          boost::asio::detached);
  }
  std::thread other([&] { contexts[1].run(); });
  contexts[0].run();
  other.join();
  return 0;
}

// Per writer: the item, the position, and whether its records are 1, 2, 3 ... up to the item.
int look(const std::string& folder) {
  auto store = open_store(folder, true);
  auto body = [&](Reader& view) -> base::Result<void, store::StoreError> {
    std::map<int, int> records;
    bool in_order = true;
    for (int i = 0; i < kLogs; ++i) {
      const auto read = view.read_log(log_of(i), 0, [&](store::Sequence, std::string_view record) {
        int writer = -1, number = -1;
        in_order = in_order && std::sscanf(std::string(record).c_str(), "%d %d", &writer, &number) == 2 &&
                   number == ++records[writer];
        return store::Visit::kContinue;
      });
      if (!read) return read;
    }
    for (int writer = 0; writer < kWriters; ++writer) {
      const auto item = view.get(item_key(writer)), position = view.get(position_key(writer));
      if (!item || !position) return base::fail(store::StoreError::kIo);
      fmt::print("{} {} {} {}\n", item->has_value() ? std::atoi((*item)->c_str()) : 0,
                 position->has_value() ? std::atoi((*position)->c_str()) : 0, records[writer],
                 in_order ? 1 : 0);
    }
    return {};
  };
  const auto done = store::run(store->read(body));
  store->stop();
  return done ? 0 : 6;
}

struct Child {
  pid_t pid = -1;
  int output = -1;
};

Child start(std::vector<std::string> arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::exit(7);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> argv;
  arguments.insert(arguments.begin(), "store_crash_test");
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  Child child;
  if (::posix_spawn(&child.pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ) != 0) std::exit(7);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  child.output = ends[0];
  return child;
}

std::string read_all(int file) {
  std::string all;
  char piece[65536];
  for (ssize_t got = 0; (got = ::read(file, piece, sizeof piece)) > 0;)
    all.append(piece, static_cast<std::size_t>(got));
  ::close(file);
  return all;
}

class Test {
 public:
  explicit Test(std::uint64_t seed) : random_(base::make_seeded_random(seed)) {}

  bool round(int number) {
    const bool sync = random_->below(3) != 0;
    const auto child = start({"load", folder_.path(), sync ? "sync" : "os"});
    // The moment is counted in acknowledgements, so that a slow machine tests as much: some rounds end within the first
    // few, some while the store is still opening.
    const auto wanted = random_->below(4) == 0 ? random_->below(4) : random_->below(1500);
    std::array<Acknowledged, 256> heard{};
    std::size_t count = 0;
    if (wanted == 0) std::this_thread::sleep_for(std::chrono::microseconds(random_->below(20000)));
    while (count < wanted) {
      const ssize_t got = ::read(child.output, heard.data(), sizeof heard);
      if (got <= 0) break;
      count +=
          note(std::string_view(reinterpret_cast<const char*>(heard.data()), static_cast<std::size_t>(got)));
    }
    ::kill(child.pid, SIGKILL);
    count += note(read_all(child.output));
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    if (!WIFSIGNALED(status)) {
      fmt::print("round {}: the load ended by itself, status {}\n", number, status);
      return false;
    }
    total_ += count;
    return check(number);
  }
  std::size_t total() const { return total_; }

 private:
  std::size_t note(std::string_view bytes) {
    partial_ += bytes;
    std::size_t count = 0;
    for (; partial_.size() >= sizeof(Acknowledged); ++count) {
      Acknowledged told{};
      std::memcpy(&told, partial_.data(), sizeof told);
      partial_.erase(0, sizeof told);
      acknowledged_[told.writer] = std::max(acknowledged_[told.writer], told.number);
    }
    return count;
  }

  bool check(int number) {
    partial_.clear();
    const auto child = start({"look", folder_.path()});
    const std::string said = read_all(child.output);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    bool good = status == 0;
    std::size_t at = 0;
    for (int writer = 0; writer < kWriters && good; ++writer) {
      int item = 0, position = 0, records = 0, in_order = 0;
      good = std::sscanf(said.c_str() + at, "%d %d %d %d", &item, &position, &records, &in_order) == 4;
      at = said.find('\n', at) + 1;
      good = good && item >= acknowledged_[writer] && records == item && in_order == 1 &&
             position == item - item % 7;
      if (!good) {
        fmt::print("round {}, writer {}: acknowledged {}, item {}, records {} (in order: {}), position {}\n",
                   number, writer, acknowledged_[writer], item, records, in_order, position);
      }
    }
    return good;
  }

  store::TempFolder folder_;
  std::unique_ptr<base::Random> random_;
  std::map<int, int> acknowledged_;
  std::string partial_;
  std::size_t total_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "load") return load(arguments[1], arguments[2] == "sync");
  if (arguments.size() == 2 && arguments[0] == "look") return look(arguments[1]);
  const int rounds = arguments.empty() ? 32 : std::atoi(arguments[0].c_str());
  const std::uint64_t seed = arguments.size() > 1 ? std::strtoull(arguments[1].c_str(), nullptr, 10) : 1;
  Test test(seed);
  for (int round = 1; round <= rounds; ++round) {
    if (!test.round(round)) return 1;
  }
  fmt::print("{} kills survived, {} acknowledged writes\n", rounds, test.total());
  return test.total() > 0 ? 0 : 1;
}
