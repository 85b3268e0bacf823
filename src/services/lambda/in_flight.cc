#include "services/lambda/in_flight.h"

namespace millrace::lambda {

std::optional<InFlight::Place> InFlight::enter(const std::string& function_arn,
                                               std::optional<std::int32_t> reserved, Refusal& why) {
  std::lock_guard lock(mutex_);
  std::uint32_t& count = each_[function_arn];
  if (reserved && count >= static_cast<std::uint32_t>(*reserved)) {
    why = Refusal::kReserved;
    if (count == 0) each_.erase(function_arn);
    return std::nullopt;
  }
  if (running_ >= account_limit_) {
    why = Refusal::kAccount;
    if (count == 0) each_.erase(function_arn);
    return std::nullopt;
  }
  ++count;
  ++running_;
  return std::optional<Place>(std::in_place, *this, function_arn);
}

void InFlight::leave(const std::string& function) {
  std::lock_guard lock(mutex_);
  --running_;
  auto found = each_.find(function);
  if (--found->second == 0) each_.erase(found);
}

}  // namespace millrace::lambda
