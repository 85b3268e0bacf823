// Counters and latencies of API requests, looked up once at the start so that counting takes no lock.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <vector>

#include "base/metrics.h"
#include "wire/services.h"

namespace millrace::wire {

class DispatchMetrics {
 public:
  // All must outlive it; services added later are not counted.
  DispatchMetrics(const Services& services, base::Registry& registry);

  // A null row: unknown or not implemented. Any thread.
  void count(const ServiceEntry* entry, const OperationRow* row, int status, std::chrono::microseconds took);
  void count_unknown() { unknown_->add(); }

 private:
  struct Series {
    std::array<base::Counter*, 3> outcomes{};  // ok, client_error, server_error
    base::Histogram* latency = nullptr;
  };
  struct Service {
    const ServiceEntry* entry = nullptr;
    std::vector<Series> rows;
    Series others;
  };
  std::vector<Service> services_;
  base::Counter* unknown_;
};

}  // namespace millrace::wire
