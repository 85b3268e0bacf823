// What the contract's tests stand on. A new engine adds itself to contract_engines().
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/store.h"
#include "store/temp_folder_testing.h"

namespace millrace::store::contract {

using Records = std::vector<std::pair<Sequence, std::string>>;
using Items = std::vector<std::pair<std::string, std::string>>;

struct Engine {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::string& folder)> open;
};

inline std::unique_ptr<Store> open_rocks(const std::string& folder, Durability durability) {
  RocksOptions options;
  options.folder = folder;
  options.durability = durability;
  options.check_read_sets = true;
  options.write_buffer_bytes = 4 << 20;
  options.block_cache_bytes = 8 << 20;
  auto store = open_rocks_store(options);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

inline auto contract_engines() {
  return testing::Values(
      Engine{"Memory", [](const std::string&) { return std::unique_ptr<Store>(make_memory_store()); }},
      Engine{"RocksSync", [](const std::string& f) { return open_rocks(f, Durability::kSync); }},
      Engine{"RocksOs", [](const std::string& f) { return open_rocks(f, Durability::kOs); }});
}
inline std::string engine_name(const testing::TestParamInfo<Engine>& engine) {
  return engine.param.name;
}

class Contract : public testing::TestWithParam<Engine> {
 protected:
  Contract() : store_(GetParam().open(folder_.path())) {}
  ~Contract() override {
    store_->stop();
    store_.reset();
  }

  template <class F>
  base::Result<Committed, StoreError> commit(F decide, std::vector<std::string> keys = {},
                                             std::vector<KeyRange> ranges = {},
                                             std::vector<LogId> logs = {}) {
    LambdaTransaction transaction(std::move(decide));
    transaction.keys = std::move(keys);
    transaction.ranges = std::move(ranges);
    transaction.logs = std::move(logs);
    return run(context_, store_->commit(transaction));
  }
  // Writes without reading.
  base::Result<Committed, StoreError> write(const std::function<void(Batch&)>& fill) {
    return commit([&](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
      fill(batch);
      return Verdict::kCommit;
    });
  }
  void put(std::string key, std::string value) {
    ASSERT_TRUE(write([&](Batch& batch) { batch.put(key, value); }));
  }
  std::optional<std::string> get(std::string key) {
    std::optional<std::string> value;
    read([&](Reader& view) { value = *view.get(key); });
    return value;
  }
  void read(const std::function<void(Reader&)>& body) {
    auto done = run(context_, store_->read([&](Reader& view) -> base::Result<void, StoreError> {
      body(view);
      return {};
    }));
    ASSERT_TRUE(done);
  }
  Items scan(KeyRange range, Order order = Order::kAscending) {
    Items found;
    read([&](Reader& view) { found = collect(view, range, order); });
    return found;
  }
  static Items collect(Reader& view, const KeyRange& range, Order order) {
    Items found;
    EXPECT_TRUE(view.scan(range, order, [&](std::string_view key, std::string_view value) {
      found.emplace_back(key, value);
      return Visit::kContinue;
    }));
    return found;
  }
  static Records collect_log(Reader& view, LogId log, Sequence from) {
    Records found;
    EXPECT_TRUE(view.read_log(log, from, [&](Sequence sequence, std::string_view record) {
      found.emplace_back(sequence, record);
      return Visit::kContinue;
    }));
    return found;
  }
  Records read_log(LogId log, Sequence from = 0) {
    Records found;
    read([&](Reader& view) { found = collect_log(view, log, from); });
    return found;
  }
  Sequence append(LogId log, std::string record) {
    const auto done = write([&](Batch& batch) { batch.append(log, record); });
    EXPECT_TRUE(done);
    return done->last_sequence;
  }

  TempFolder folder_;
  boost::asio::io_context context_;
  std::array<boost::asio::io_context, 4>
      elsewhere_;  // of other threads; they outlive the store, as a server's do
  std::unique_ptr<Store> store_;
};

}  // namespace millrace::store::contract
