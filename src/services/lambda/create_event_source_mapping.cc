#include <fmt/format.h>

#include "services/lambda/mapping.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

std::optional<wire::ServiceError> take_position(const CreateEventSourceMappingInput& input,
                                                catalog::EventSourceMapping& mapping) {
  const std::string position = input.starting_position.value_or("");
  if (position.empty()) {
    return invalid_parameter_value_exception(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
        "constraint: Member must not be null.");
  }
  if (position == "AT_TIMESTAMP") {
    const bool table = mapping.event_source_arn.starts_with("arn:aws:dynamodb:");
    if (table)
      return invalid_parameter_value_exception("Unsupported starting position for arn type: " +
                                               mapping.event_source_arn);
    if (!input.starting_position_timestamp) {
      return invalid_parameter_value_exception(
          "StartingPositionTimestamp must be provided when StartingPosition is AT_TIMESTAMP.");
    }
    mapping.starting_position = catalog::StartingPosition::kAtTimestamp;
    mapping.starting_timestamp = input.starting_position_timestamp;
    return std::nullopt;
  }
  mapping.starting_position = position == "TRIM_HORIZON" ? catalog::StartingPosition::kTrimHorizon
                                                         : catalog::StartingPosition::kLatest;
  return std::nullopt;
}

std::optional<wire::ServiceError> check_source(const std::string& arn) {
  if (arn.empty()) {
    return invalid_parameter_value_exception(
        "Unrecognized event source, must be kinesis, dynamodb stream or sqs. "
        "EventSourceArn is missing.");
  }
  if (arn.starts_with("arn:aws:dynamodb:") && arn.find("/stream/") != std::string::npos) return std::nullopt;
  return invalid_parameter_value_exception(
      "This server takes table streams as event sources; it does not serve " + arn + ".");
}

}  // namespace

base::Task<Answer<CreateEventSourceMappingOutput>> create_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, CreateEventSourceMappingInput input) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return base::fail(no_mappings());
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  catalog::EventSourceMapping mapping;
  mapping.event_source_arn = input.event_source_arn.value_or("");
  if (auto refusal = check_source(mapping.event_source_arn)) co_return base::fail(std::move(*refusal));
  if (auto refusal = take_position(input, mapping)) co_return base::fail(std::move(*refusal));
  if (auto refusal = take_mapping(input, mapping.settings)) co_return base::fail(std::move(*refusal));
  auto function = co_await service.find(*name);
  if (!function) co_return base::fail(std::move(function.error()));
  if (!*function) co_return base::fail(function_not_found(*name));
  if (service.world().source_exists) {
    const bool exists = co_await service.world().source_exists(mapping.event_source_arn);
    if (!exists)
      co_return base::fail(
          invalid_parameter_value_exception("Stream not found: " + mapping.event_source_arn));
  }
  mapping.account = name->account;
  mapping.region = name->region;
  mapping.function_arn = name->qualified_arn();
  mapping.enabled = input.enabled.value_or(true);
  if (input.tags) mapping.tags.insert(input.tags->begin(), input.tags->end());
  const std::string source = mapping.event_source_arn;
  auto made = co_await mappings->create(std::move(mapping));
  if (!made && made.error().kind == catalog::MappingErrorKind::kExists) {
    co_return base::fail(
        resource_conflict_exception(fmt::format("The event source arn (\" {} \") and function (\" {} \") "
                                                "provided mapping already exists. Please update or delete "
                                                "the existing mapping with UUID {}",
                                                source, name->name, made.error().uuid)));
  }
  if (!made) co_return base::fail(to_service_error(made.error(), ""));
  co_return describe_mapping(*made);
}

}  // namespace millrace::lambda
