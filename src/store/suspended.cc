#include "store/suspended.h"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace millrace::store {

void resume_all(Sleepers sleepers, const boost::asio::any_io_executor* here) {
  Sleepers local;
  std::vector<Sleepers>
      elsewhere;  // one list per executor; there are as many executors as threads, so a scan will do
  for (auto& sleeper : sleepers) {
    if (here && sleeper->executor() == *here) {
      local.push_back(std::move(sleeper));
      continue;
    }
    auto same = [&](const Sleepers& list) { return list.front()->executor() == sleeper->executor(); };
    auto list = std::find_if(elsewhere.begin(), elsewhere.end(), same);
    if (list == elsewhere.end()) list = elsewhere.emplace(elsewhere.end());
    list->push_back(std::move(sleeper));
  }
  for (auto& list : elsewhere) {
    auto executor = list.front()->executor();
    boost::asio::post(executor, [list = std::move(list)]() mutable {
      for (auto& sleeper : list)
        sleeper->resume();
    });
  }
  for (auto& sleeper : local)
    sleeper->resume();
}

}  // namespace millrace::store
