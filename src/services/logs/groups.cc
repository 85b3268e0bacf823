#include "services/logs/groups.h"

#include <charconv>

#include <fmt/format.h>

#include "base/encoding.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

wire::ServiceError group_not_found() {
  return resource_not_found_exception("The specified log group does not exist.");
}
wire::ServiceError stream_not_found() {
  return resource_not_found_exception("The specified log stream does not exist.");
}
wire::ServiceError store_failed() {
  return service_unavailable_exception("The service cannot complete the request.");
}
wire::ServiceError invalid(std::string message) {
  return invalid_parameter_exception(std::move(message));
}
wire::ServiceError bad_token() {
  return invalid("The specified nextToken is invalid.");
}

telemetry::GroupKey key_of(const wire::RequestContext& context, std::string name) {
  return {context.account(), context.region, std::move(name)};
}

telemetry::GroupKey key_of_identifier(const wire::RequestContext& context, std::string_view identifier) {
  constexpr std::string_view kMark = ":log-group:";
  const std::size_t mark = identifier.starts_with("arn:") ? identifier.find(kMark) : std::string_view::npos;
  if (mark != std::string_view::npos) {
    identifier.remove_prefix(mark + kMark.size());
    identifier = identifier.substr(0, identifier.find(':'));
  }
  return key_of(context, std::string(identifier));
}

std::string group_arn(const telemetry::GroupKey& key) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", key.region, key.account, key.name);
}

Answer<telemetry::GroupInfo> load_group(Logs& service, telemetry::GroupKey key) {
  auto found = co_await service.store.find_group(std::move(key));
  if (!found) co_return base::fail(store_failed());
  if (!*found) co_return base::fail(group_not_found());
  co_return std::move(**found);
}

Answer<telemetry::GroupInfo> find_group(Logs& service, const wire::RequestContext& context, Name name,
                                        Name identifier) {
  if (name && identifier)
    co_return base::fail(invalid("LogGroup name and LogGroup ARN are mutually exclusive parameters."));
  if (!name && !identifier)
    co_return base::fail(invalid("At least one of logGroupName or logGroupIdentifier must be provided."));
  telemetry::GroupKey key = key_of(context, name.value_or(""));
  if (identifier) key = key_of_identifier(context, *identifier);
  co_return co_await load_group(service, std::move(key));
}

base::Task<base::Result<void, wire::ServiceError>> change_group(
    Logs& service, telemetry::GroupKey key, std::function<void(telemetry::GroupInfo&)> edit) {
  auto changed = co_await service.store.change_group(std::move(key), std::move(edit));
  if (!changed) co_return base::fail(store_failed());
  if (*changed != telemetry::LogOutcome::kDone) co_return base::fail(group_not_found());
  co_return base::Result<void, wire::ServiceError>();
}

std::optional<base::WallTime> retained_from(const telemetry::GroupInfo& group, base::WallTime now) {
  if (group.retention_days == 0) return std::nullopt;
  return now - std::chrono::days(group.retention_days);
}

base::WallTime time_of(std::int64_t unix_millis) {
  constexpr std::int64_t kLast = std::int64_t{1} << 52;
  return base::WallTime(std::chrono::milliseconds(std::clamp<std::int64_t>(unix_millis, 0, kLast)));
}

std::string position_text(const telemetry::EventPosition& position) {
  return fmt::format("{:036d}{:020d}", position.micros, position.serial);
}

std::optional<telemetry::EventPosition> parse_position(std::string_view text) {
  if (text.size() != 56) return std::nullopt;
  telemetry::EventPosition out;
  const auto number = [](std::string_view digits, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  constexpr std::uint64_t kLast = std::uint64_t{1} << 62;
  if (!number(text.substr(0, 36), out.micros) || !number(text.substr(36), out.serial)) return std::nullopt;
  if (out.micros > kLast) return std::nullopt;
  return out;
}

std::string name_token(std::string_view name) {
  return base::base64_encode("after:" + std::string(name));
}

base::Result<std::string, wire::ServiceError> parse_name_token(std::string_view token) {
  std::optional<std::string> text = base::base64_decode(token);
  if (!text || !text->starts_with("after:")) return base::fail(bad_token());
  return text->substr(6);
}

insights::Event to_insights(const telemetry::GroupKey& group, telemetry::LogEvent event) {
  insights::Event out;
  out.timestamp = {base::unix_millis(event.time)};
  out.ingested = {base::unix_millis(event.ingested)};
  out.pointer = base::base64_encode(position_text(telemetry::position_of(event)) + group.name);
  out.message = utf8_text(std::move(event.message));
  out.stream = std::move(event.stream);
  out.log = group.account + ":" + group.name;
  out.request_id = std::move(event.request_id);
  return out;
}

std::string utf8_text(std::string text) {
  if (base::is_valid_utf8(text)) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && !base::is_valid_utf8(std::string_view(text).substr(at, length)))
      ++length;
    const bool valid = length <= 4;
    out += valid ? text.substr(at, length) : "\xEF\xBF\xBD";
    at += valid ? length : 1;
  }
  return out;
}

}  // namespace millrace::logs
