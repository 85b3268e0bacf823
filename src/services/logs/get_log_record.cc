// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogRecord.html
#include "shapes/logs/get_log_record.h"

#include "base/encoding.h"
#include "services/logs/groups.h"
#include "services/logs/insights/record.h"

namespace millrace::logs {

Answer<GetLogRecordOutput> get_log_record(Logs& service, const wire::RequestContext& context,
                                          GetLogRecordInput input) {
  constexpr std::size_t kPosition = 56;
  const auto text = base::base64_decode(input.log_record_pointer);
  const auto position =
      text && text->size() > kPosition ? parse_position(text->substr(0, kPosition)) : std::nullopt;
  if (!position) co_return base::fail(invalid("The specified logRecordPointer is invalid."));
  telemetry::LogQuery query;
  query.group = key_of(context, text->substr(kPosition));
  query.from = base::WallTime(std::chrono::microseconds(position->micros));
  query.to = *query.from + std::chrono::microseconds(1);
  query.accept = [position](const telemetry::LogEvent& event) {
    return telemetry::position_of(event) == *position;
  };
  const telemetry::GroupKey group = query.group;
  auto page = co_await service.store.page(std::move(query));
  if (!page) co_return base::fail(store_failed());
  if (page->events.empty()) co_return base::fail(invalid("The specified logRecordPointer is invalid."));
  const insights::Record record(to_insights(group, std::move(page->events.front())));
  GetLogRecordOutput output;
  output.log_record.emplace();
  for (const std::string& name : record.names())
    output.log_record->insert_or_assign(name, record.get(name).text());
  co_return output;
}

}  // namespace millrace::logs
