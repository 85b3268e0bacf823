#include "store/read_set_check.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "base/encoding.h"

namespace millrace::store {

namespace {
bool covers(const KeyRange& named, const KeyRange& asked) {
  if (!asked.end.empty() && asked.begin >= asked.end) return true;
  return named.begin <= asked.begin && (named.end.empty() || (!asked.end.empty() && asked.end <= named.end));
}
}  // namespace

base::Result<std::optional<std::string>, StoreError> ReadSetCheck::get(std::string_view key) {
  const auto holds = [&](const KeyRange& range) {
    return key >= range.begin && (range.end.empty() || key < range.end);
  };
  if (!std::count(transaction_.keys.begin(), transaction_.keys.end(), key) &&
      std::none_of(transaction_.ranges.begin(), transaction_.ranges.end(), holds)) {
    throw std::logic_error(fmt::format("decide() read a key it did not name: {}", base::hex_encode(key)));
  }
  return view_.get(key);
}

base::Result<void, StoreError> ReadSetCheck::scan(const KeyRange& range, Order order,
                                                  const KeyValueVisitor& visit) {
  if (std::none_of(transaction_.ranges.begin(), transaction_.ranges.end(),
                   [&](const KeyRange& named) { return covers(named, range); })) {
    throw std::logic_error(fmt::format("decide() scanned a range it did not name: {} to {}",
                                       base::hex_encode(range.begin), base::hex_encode(range.end)));
  }
  return view_.scan(range, order, visit);
}

void ReadSetCheck::need_log(LogId log) const {
  if (!std::count(transaction_.logs.begin(), transaction_.logs.end(), log)) {
    throw std::logic_error(fmt::format("decide() read a log it did not name: {}", log));
  }
}

base::Result<void, StoreError> ReadSetCheck::read_log(LogId log, Sequence from, const LogVisitor& visit) {
  need_log(log);
  return view_.read_log(log, from, visit);
}
base::Result<Sequence, StoreError> ReadSetCheck::log_first(LogId log) {
  need_log(log);
  return view_.log_first(log);
}
base::Result<Sequence, StoreError> ReadSetCheck::log_last(LogId log) {
  need_log(log);
  return view_.log_last(log);
}

}  // namespace millrace::store
