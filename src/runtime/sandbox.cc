#include "runtime/sandbox.h"

#include <cstdio>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace millrace::runtime {

namespace asio = boost::asio;

Sandbox::~Sandbox() {
  if (extensions) {
    extensions->shut_down("spindown");  // and the log with the last of them
  } else {
    logs->close();
  }
  if (api) api->close();
  if (gate >= 0) ::close(gate);
}

void Sandbox::open_gate() {
  if (gate < 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(gate, "g", 1);
  ::close(gate);
  gate = -1;
}

void Sandbox::set_exit(const SpawnEvent& event) {
  const std::lock_guard lock(mutex_);
  exit_ = event;
  for (ExitWaiter& waiter : exit_waiters_) {
    asio::post(waiter.executor, [timer = waiter.timer] { timer->cancel(); });
  }
  exit_waiters_.clear();
}

bool Sandbox::exited() const {
  const std::lock_guard lock(mutex_);
  return exit_.has_value();
}

base::Task<std::optional<SpawnEvent>> Sandbox::wait_exit(std::chrono::milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto timer = std::make_shared<asio::steady_timer>(executor, patience);
  {
    const std::lock_guard lock(mutex_);
    if (exit_) co_return exit_;
    exit_waiters_.push_back({executor, timer});
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer->async_wait(token);
  const std::lock_guard lock(mutex_);
  co_return exit_;
}

void Sandbox::set_furnished(const SpawnEvent& event) {
  const std::lock_guard lock(mutex_);
  furnished_ = event.error;
  for (ExitWaiter& waiter : exit_waiters_) {
    asio::post(waiter.executor, [timer = waiter.timer] { timer->cancel(); });
  }
  exit_waiters_.clear();
}

base::Task<std::string> Sandbox::wait_furnished(std::chrono::milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto timer = std::make_shared<asio::steady_timer>(executor, patience);
  bool wait = false;
  {
    const std::lock_guard lock(mutex_);
    wait = !furnished_ && !exit_;
    if (wait) exit_waiters_.push_back({executor, timer});
  }
  if (wait) {
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer->async_wait(token);
  }
  const std::lock_guard lock(mutex_);
  co_return furnished_.value_or("the sandbox has ended");
}

std::uint64_t resident_kb(pid_t pid) {
  std::FILE* file = pid == 0 ? nullptr : std::fopen(fmt::format("/proc/{}/statm", pid).c_str(), "re");
  if (file == nullptr) return 0;
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int read = std::fscanf(file, "%llu %llu", &total, &resident);
  std::fclose(file);
  static const long page_kb = ::sysconf(_SC_PAGESIZE) / 1024;
  return read == 2 ? resident * static_cast<unsigned long long>(page_kb) : 0;
}

}  // namespace millrace::runtime
