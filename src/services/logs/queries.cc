#include "services/logs/queries.h"

namespace millrace::logs {

void Queries::add(FinishedQueryPtr query) {
  std::lock_guard lock(mutex_);
  queries_.push_front(std::move(query));
  if (queries_.size() > kMost) queries_.pop_back();
}

std::vector<FinishedQueryPtr> Queries::list(const std::string& account, const std::string& region) const {
  std::vector<FinishedQueryPtr> out;
  std::lock_guard lock(mutex_);
  for (const FinishedQueryPtr& query : queries_) {
    if (query->groups.front().account == account && query->groups.front().region == region)
      out.push_back(query);
  }
  return out;
}

FinishedQueryPtr Queries::find(const std::string& account, const std::string& region,
                               const std::string& id) const {
  for (FinishedQueryPtr& query : list(account, region)) {
    if (query->id == id) return std::move(query);
  }
  return nullptr;
}

}  // namespace millrace::logs
