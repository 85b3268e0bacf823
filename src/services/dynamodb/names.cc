#include "services/dynamodb/names.h"

#include <algorithm>

#include "services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

bool is_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, is_name_character);
}

std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

wire::ServiceError access_denied(const wire::RequestContext& context, std::string_view arn) {
  const std::string action = "dynamodb:" + std::string(context.operation);
  wire::ServiceError error;
  error.code = "AccessDeniedException";
  error.message = "User: " + context.principal.arn + " is not authorized to perform: " + action +
                  " on resource: " + std::string(arn) + " because no resource-based policy allows the " +
                  action + " action";
  error.space = wire::ErrorSpace::kCoral;
  error.message_key = "Message";
  return error;
}

}  // namespace

std::optional<table::TableName> parse_table_arn(std::string_view arn) {
  const auto arn_word = take_until(arn, ':');
  const auto partition = take_until(arn, ':');
  const auto service = take_until(arn, ':');
  const auto region = take_until(arn, ':');
  const auto account = take_until(arn, ':');
  if (!account || *arn_word != "arn" || partition->empty() || *service != "dynamodb" || region->empty() ||
      account->empty())
    return std::nullopt;
  constexpr std::string_view kTable = "table/";
  if (!arn.starts_with(kTable)) return std::nullopt;
  arn.remove_prefix(kTable.size());
  if (!is_name(arn)) return std::nullopt;
  return table::TableName{std::string(*account), std::string(*region), std::string(arn)};
}

Checked<void> check_name(std::string_view name) {
  if (is_name(name)) return {};
  return refuse(
      "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may "
      "contain only the "
      "characters a-z, A-Z, 0-9, '_', '-', and '.'");
}

Checked<table::TableName> table_name(const wire::RequestContext& context, std::string_view name_or_arn) {
  if (name_or_arn.starts_with("arn:")) {
    if (auto name = parse_table_arn(name_or_arn)) return std::move(*name);
    return refuse("Invalid TableArn: Invalid ResourceArn provided as input " + std::string(name_or_arn));
  }
  if (auto checked = check_name(name_or_arn); !checked) return base::fail(std::move(checked.error()));
  return table::TableName{context.account(), context.region, std::string(name_or_arn)};
}

Answer<table::DefinitionPtr> find_table(DynamoDb& service, const wire::RequestContext& context,
                                        std::string_view name_or_arn) {
  auto name = table_name(context, name_or_arn);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await service.tables.definitions().find(std::move(*name));
  // A table that is being restored becomes active by work beside requests: the newest definition tells.
  if (found && (*found)->creating) found = co_await service.tables.definitions().refresh(*found);
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  if ((*found)->creating) {
    table::TableError hidden;
    hidden.kind = table::TableErrorKind::kTableNotFound;
    co_return base::fail(to_service_error(std::move(hidden)));
  }
  co_return std::move(*found);
}

Answer<table::DefinitionPtr> find_named_table(DynamoDb& service, const wire::RequestContext& context,
                                              std::string_view name_or_arn) {
  auto name = table_name(context, name_or_arn);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string shown = name->name;
  auto found = co_await service.tables.definitions().find(std::move(*name));
  if (found && (*found)->creating) found = co_await service.tables.definitions().refresh(*found);
  if (!found && found.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(table_not_found(shown));
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  co_return std::move(*found);
}

Checked<table::TableName> resource_name(const wire::RequestContext& context, std::string_view arn) {
  const std::string shown(arn);
  if (!arn.starts_with("arn:")) return refuse_parameter("ARNs must start with 'arn:': " + shown);
  auto name = parse_table_arn(arn);
  if (!name) {
    std::string_view rest = arn;
    for (int i = 0; i < 2; ++i)
      static_cast<void>(take_until(rest, ':'));
    if (!rest.starts_with("dynamodb:"))
      return refuse_parameter("Provided Arn is not a DynamoDB resource arn: " + shown);
    return refuse("Invalid TableArn: Invalid ResourceArn provided as input " + shown);
  }
  if (name->account != context.account()) return base::fail(access_denied(context, arn));
  return std::move(*name);
}

Answer<table::DefinitionPtr> find_resource(DynamoDb& service, const wire::RequestContext& context,
                                           std::string_view arn) {
  auto name = resource_name(context, arn);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await service.tables.definitions().find(std::move(*name));
  if (!found && found.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(resource_missing(arn));
  if (!found) co_return base::fail(to_service_error(std::move(found.error())));
  co_return std::move(*found);
}

}  // namespace millrace::dynamodb
