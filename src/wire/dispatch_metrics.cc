#include "wire/dispatch_metrics.h"

#include <fmt/format.h>

namespace millrace::wire {

DispatchMetrics::DispatchMetrics(const Services& services, base::Registry& registry)
    : unknown_(
          &registry.counter("requests_unknown_total", "", "Requests that no service and no route knows")) {
  constexpr std::array<std::string_view, 3> kOutcomes{"ok", "client_error", "server_error"};
  const auto make = [&](std::string_view service, std::string_view operation) {
    Series series;
    const std::string labels = fmt::format("service=\"{}\",operation=\"{}\"", service, operation);
    for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
      series.outcomes[i] = &registry.counter(
          "requests_total", fmt::format("{},outcome=\"{}\"", labels, kOutcomes[i]), "API requests");
    }
    series.latency =
        &registry.histogram("request_seconds", labels, "From the request's head to its whole answer");
    return series;
  };
  for (const ServiceEntry& entry : services.entries()) {
    Service service{&entry, {}, make(entry.facts->id, "other")};
    for (const OperationRow& row : entry.rows)
      service.rows.push_back(make(entry.facts->id, row.name));
    services_.push_back(std::move(service));
  }
}

void DispatchMetrics::count(const ServiceEntry* entry, const OperationRow* row, int status,
                            std::chrono::microseconds took) {
  for (Service& service : services_) {
    if (service.entry != entry) continue;
    Series& series =
        row == nullptr ? service.others : service.rows[static_cast<std::size_t>(row - entry->rows.data())];
    series.outcomes[status < 400 ? 0 : status < 500 ? 1 : 2]->add();
    series.latency->record_us(static_cast<std::uint64_t>(took.count()));
    return;
  }
}

}  // namespace millrace::wire
