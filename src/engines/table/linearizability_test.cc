// Concurrent conditional writes of a few items are linearizable: clients on threads of their own write, read and transact; what
// each saw is recorded with the order of calls and answers, and a search (Wing and Gong's, with a memory of what it has
// tried) looks for one order of all that explains every answer.
#include <array>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"
#include "engines/table/tables.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/temp_folder_testing.h"

namespace millrace::table {
namespace {

constexpr int kKeys = 2;
constexpr int kClients = 5;
constexpr int kSteps = 5;  // of each client in a round
constexpr int kThreads = 3;
constexpr int kAbsent = -1;  // the number of an item that is not there

using State = std::array<int, kKeys>;

enum class What { kRead, kCreate, kSwap, kAdd, kDelete, kMove, kReadBoth };

// One call and what it answered. Times are from one counter: a call that ended before another began has the lower ones.
struct Call {
  What what = What::kRead;
  int key = 0;
  int expected = 0;  // kSwap, kDelete: the number it must have
  int value = 0;     // kCreate, kSwap: the new number; kAdd: by how much
  std::uint64_t began = 0, ended = 0;
  bool refused = false;
  State seen{kAbsent, kAbsent};  // what it answered of the numbers: read, or after the write
};

// The specification: what a call does to the numbers, one at a time. False: it could not have answered that.
bool explains(const Call& call, State& state) {
  int& mine = state[static_cast<std::size_t>(call.key)];
  int& other = state[static_cast<std::size_t>(1 - call.key)];
  const auto key = static_cast<std::size_t>(call.key);
  switch (call.what) {
    case What::kRead:
      return call.seen[key] == mine;
    case What::kReadBoth:
      return call.seen == state;
    case What::kCreate:
      if (call.refused) return mine != kAbsent;
      if (mine != kAbsent) return false;
      mine = call.value;
      return true;
    case What::kSwap:
      if (call.refused) return mine != call.expected;
      if (mine != call.expected) return false;
      mine = call.value;
      return true;
    case What::kAdd:
      mine = (mine == kAbsent ? 0 : mine) + call.value;
      return call.seen[key] == mine;
    case What::kDelete:
      if (call.refused) return mine != call.expected;
      if (mine != call.expected) return false;
      mine = kAbsent;
      return true;
    case What::kMove:  // one from mine to the other, when mine has any
      if (call.refused) return mine < 1;
      if (mine < 1) return false;
      --mine;
      other = (other == kAbsent ? 0 : other) + 1;
      return true;
  }
  return false;
}

class Search {
 public:
  explicit Search(const std::vector<Call>& calls) : calls_(calls) {}
  bool linearizable(State start) { return go(0, start); }

 private:
  // Any call that began before the first of the others ended may be next.
  bool go(std::uint64_t done, const State& state) {
    if (done == (std::uint64_t{1} << calls_.size()) - 1) return true;
    if (!tried_.insert({done, state}).second) return false;
    std::uint64_t first_end = UINT64_MAX;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (!(done >> i & 1)) first_end = std::min(first_end, calls_[i].ended);
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (done >> i & 1 || calls_[i].began > first_end) continue;
      State next = state;
      if (explains(calls_[i], next) && go(done | std::uint64_t{1} << i, next)) return true;
    }
    return false;
  }

  const std::vector<Call>& calls_;
  std::set<std::pair<std::uint64_t, State>> tried_;
};

class World {
 public:
  explicit World(store::Store& store) : tables_(store, *clock_) {
    TableDefinition definition;
    definition.name = {"000000000000", "us-east-1", "counters"};
    definition.keys = {{"k", KeyType::kString}, std::nullopt};
    auto created = store::run(tables_.definitions().create(std::move(definition), {}));
    EXPECT_TRUE(created);
    table_ = *created;
  }

  Item key(int number) const {
    Item key;
    key.set("k", Value{String{"key" + std::to_string(number)}});
    return key;
  }

  // One round: all clients at once, each its calls one after another.
  std::vector<Call> round(std::uint64_t seed) {
    boost::asio::io_context context;
    std::vector<std::vector<Call>> recorded(kClients);
    for (int client = 0; client < kClients; ++client)
      boost::asio::co_spawn(context,
                            client_of(seed * 100 + static_cast<std::uint64_t>(client), recorded[client]),
                            boost::asio::detached);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&context] { context.run(); });
    for (std::thread& thread : threads)
      thread.join();
    std::vector<Call> all;
    for (const auto& calls : recorded)
      all.insert(all.end(), calls.begin(), calls.end());
    return all;
  }

  State now() {
    State state{kAbsent, kAbsent};
    for (int i = 0; i < kKeys; ++i)
      state[static_cast<std::size_t>(i)] = number_in(*store::run(tables_.items().get(table_, key(i))));
    return state;
  }

 private:
  static int number_in(const std::optional<std::string>& stored) {
    if (!stored || stored->empty()) return kAbsent;
    const auto item = decode_stored(*stored);
    return std::stoi(std::get<Number>(item->find("n")->data).text);
  }

  base::Task<> client_of(std::uint64_t seed, std::vector<Call>& out) {
    std::mt19937_64 dice(seed);
    for (int i = 0; i < kSteps; ++i) {
      Call call;
      call.what = static_cast<What>(dice() % 7);
      call.key = static_cast<int>(dice() % kKeys);
      call.expected = static_cast<int>(dice() % 4);
      call.value = static_cast<int>(dice() % 3) + (call.what == What::kAdd ? 1 : 0);
      call.began = ++time_;
      co_await make(call);
      call.ended = ++time_;
      out.push_back(call);
    }
  }

  base::Task<> make(Call& call) {
    switch (call.what) {
      case What::kRead: {
        const Item wanted = key(call.key);
        auto read = co_await tables_.items().get(table_, wanted);
        call.seen[static_cast<std::size_t>(call.key)] = number_in(*read);
        co_return;
      }
      case What::kReadBoth: {
        const Item first = key(0), second = key(1);
        std::vector<TableRead> reads = {{table_, &first}, {table_, &second}};
        auto read = co_await tables_.items().get_all(std::move(reads));
        call.seen = {number_in((*read)[0]), number_in((*read)[1])};
        co_return;
      }
      case What::kMove:
        co_await move(call);
        co_return;
      default:
        co_await write(call);
    }
  }

  struct Parsed {
    Item values;
    std::optional<Condition> condition;
    std::optional<Update> update;
    void parse(std::string_view condition_text, std::string_view update_text) {
      Placeholders placeholders(&values);
      if (!condition_text.empty())
        condition.emplace(*parse_condition(ConditionKind::kCondition, condition_text, placeholders));
      if (!update_text.empty()) update.emplace(*parse_update(update_text, placeholders));
    }
    ItemWrite of(WriteKind kind, const Item& item) const {
      ItemWrite write;
      write.kind = kind;
      write.item = &item;
      write.condition = condition ? &*condition : nullptr;
      write.update = update ? &*update : nullptr;
      return write;
    }
  };
  static Value number(int n) { return Value{Number{std::to_string(n)}}; }

  base::Task<> write(Call& call) {
    Item item = key(call.key);
    Parsed parsed;
    parsed.values.set(":e", number(call.expected));
    parsed.values.set(":v", number(call.value));
    WriteKind kind = WriteKind::kPut;
    if (call.what == What::kCreate) {
      item.set("n", number(call.value));
      parsed.parse("attribute_not_exists(k)", {});
    } else if (call.what == What::kSwap) {
      kind = WriteKind::kUpdate;
      parsed.parse("n = :e", "SET n = :v");
    } else if (call.what == What::kAdd) {
      kind = WriteKind::kUpdate;
      parsed.parse({}, "ADD n :v");
    } else {
      kind = WriteKind::kDelete;
      parsed.parse("n = :e", {});
    }
    const ItemWrite asked = parsed.of(kind, item);
    auto done = co_await tables_.items().write(table_, asked);
    call.refused = !done;
    if (!done) {
      EXPECT_EQ(done.error().kind, TableErrorKind::kConditionFailed);
    } else {
      call.seen[static_cast<std::size_t>(call.key)] = number_in(done->new_stored);
    }
  }

  base::Task<> move(Call& call) {
    const Item from = key(call.key), to = key(1 - call.key);
    Parsed take, give;
    take.values.set(":one", number(1));
    give.values = take.values;
    take.parse("n >= :one", "SET n = n - :one");
    give.parse({}, "ADD n :one");
    std::vector<TableWrite> writes = {{table_, take.of(WriteKind::kUpdate, from)},
                                      {table_, give.of(WriteKind::kUpdate, to)}};
    auto done = co_await tables_.items().write_all(std::move(writes), Items::Refusals::kReasons);
    call.refused = !done;
    if (!done) {
      EXPECT_EQ(done.error().kind, TableErrorKind::kTransactionCanceled);
    }
  }

  std::unique_ptr<base::Clock> clock_ = base::make_system_clock();
  Tables tables_;
  DefinitionPtr table_;
  std::atomic<std::uint64_t> time_{0};
};

std::string text_of(const std::vector<Call>& calls) {
  std::string text;
  for (const Call& call : calls)
    text += std::to_string(call.began) + "-" + std::to_string(call.ended) + " what " +
            std::to_string(static_cast<int>(call.what)) + " key " + std::to_string(call.key) + " expected " +
            std::to_string(call.expected) + " value " + std::to_string(call.value) +
            (call.refused ? " refused" : "") + " seen " + std::to_string(call.seen[0]) + "," +
            std::to_string(call.seen[1]) + "\n";
  return text;
}

TEST(Linearizability, ConcurrentConditionalWritesHaveOneOrder) {
  const store::TempFolder folder;
  store::RocksOptions options;
  options.folder = folder.path();
  options.durability = store::Durability::kOs;
  auto opened = store::open_rocks_store(options);
  ASSERT_TRUE(opened);
  {
    World world(**opened);
    State state = world.now();
    std::size_t overlaps = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const std::vector<Call> calls = world.round(seed);
      ASSERT_EQ(calls.size(), static_cast<std::size_t>(kClients * kSteps));
      ASSERT_TRUE(Search(calls).linearizable(state)) << "seed " << seed << "\n" << text_of(calls);
      for (const Call& a : calls) {
        for (const Call& b : calls)
          overlaps += &a < &b && a.began < b.ended && b.began < a.ended ? 1 : 0;
      }
      state = world.now();
    }
    EXPECT_GT(overlaps, 100u) << "the clients hardly met: the test says nothing";
  }
  (*opened)->stop();
}

// The search itself: it must find what is wrong.
TEST(Linearizability, TheSearchRefusesWhatNoOrderExplains) {
  Call create;
  create.what = What::kCreate;
  create.value = 1;
  create.began = 1;
  create.ended = 4;
  Call read;
  read.began = 2;
  read.ended = 3;
  read.seen[0] = 1;
  EXPECT_TRUE(Search({create, read}).linearizable({kAbsent, kAbsent}));
  read.seen[0] = kAbsent;
  EXPECT_TRUE(Search({create, read}).linearizable({kAbsent, kAbsent}));
  read.began = 5;
  read.ended = 6;  // a stale read
  EXPECT_FALSE(Search({create, read}).linearizable({kAbsent, kAbsent}));
  Call lost = create;  // two creations of one item that both went through
  EXPECT_FALSE(Search({create, lost}).linearizable({kAbsent, kAbsent}));
  Call add;
  add.what = What::kAdd;
  add.value = 1;
  add.began = 1;
  add.ended = 2;
  add.seen[0] = 1;
  Call again = add;  // a lost update: both saw the same sum
  EXPECT_FALSE(Search({add, again}).linearizable({kAbsent, kAbsent}));
}

}  // namespace
}  // namespace millrace::table
