// How many invocations of a function run at this moment, held against reserved concurrency and the account's limit.
// In memory, per server. Any thread; never waits.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::lambda {

enum class Refusal { kReserved, kAccount };

class InFlight {
 public:
  // One running invocation; gives its place back when destroyed. The InFlight must outlive it.
  class Place {
   public:
    Place(InFlight& owner, std::string function) : owner_(&owner), function_(std::move(function)) {}
    Place(Place&& other) noexcept : owner_(other.owner_), function_(std::move(other.function_)) {
      other.owner_ = nullptr;
    }
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (owner_ != nullptr) owner_->leave(function_);
    }

   private:
    InFlight* owner_;
    std::string function_;
  };

  explicit InFlight(std::uint32_t account_limit) : account_limit_(account_limit) {}
  // nullopt with `why` set when there is no place.
  std::optional<Place> enter(const std::string& function_arn, std::optional<std::int32_t> reserved,
                             Refusal& why);

 private:
  void leave(const std::string& function);

  std::uint32_t account_limit_;
  std::mutex mutex_;
  std::uint32_t running_ = 0;                               // guarded by mutex_
  std::map<std::string, std::uint32_t, std::less<>> each_;  // guarded by mutex_
};

}  // namespace millrace::lambda
