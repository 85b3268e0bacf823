// What the operations share: finding the group a request means, names, errors in AWS's words, tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/logs/insights/record.h"
#include "services/logs/operations.h"

namespace millrace::logs {

using Name = std::optional<std::string>;

wire::ServiceError group_not_found();
wire::ServiceError stream_not_found();
wire::ServiceError store_failed();
// InvalidParameterException
wire::ServiceError invalid(std::string message);

telemetry::GroupKey key_of(const wire::RequestContext& context, std::string name);
// A name, or an ARN with or without its last ":*".
telemetry::GroupKey key_of_identifier(const wire::RequestContext& context, std::string_view identifier);
std::string group_arn(const telemetry::GroupKey& key);

// Exactly one of `name` and `identifier`. ResourceNotFoundException.
Answer<telemetry::GroupInfo> find_group(Logs& service, const wire::RequestContext& context, Name name,
                                        Name identifier);
Answer<telemetry::GroupInfo> load_group(Logs& service, telemetry::GroupKey key);
// ResourceNotFoundException.
base::Task<base::Result<void, wire::ServiceError>> change_group(
    Logs& service, telemetry::GroupKey key, std::function<void(telemetry::GroupInfo&)> edit);

// What came before it is no longer shown, whether it was removed yet or not.
std::optional<base::WallTime> retained_from(const telemetry::GroupInfo& group, base::WallTime now);
base::WallTime time_of(std::int64_t unix_millis);  // the nearest that can be told

// 56 digits, in the order of the events: AWS's event ids and tokens look the same.
std::string position_text(const telemetry::EventPosition& position);
std::optional<telemetry::EventPosition> parse_position(std::string_view text);
// Tokens that continue a list after a name.
std::string name_token(std::string_view name);
base::Result<std::string, wire::ServiceError> parse_name_token(std::string_view token);
wire::ServiceError bad_token();

// An event as queries see it; its pointer is what GetLogRecord takes.
insights::Event to_insights(const telemetry::GroupKey& group, telemetry::LogEvent event);

// Functions may print any bytes; what is not UTF-8 becomes U+FFFD.
std::string utf8_text(std::string text);

}  // namespace millrace::logs
