#include "services/lambda/mapping.h"

#include <fmt/format.h>

#include "engines/catalog/event_pattern.h"
#include "services/lambda/destinations.h"
#include "shapes/lambda/create_event_source_mapping.h"
#include "shapes/lambda/errors.h"
#include "shapes/lambda/update_event_source_mapping.h"

namespace millrace::lambda {
namespace {

std::optional<wire::ServiceError> take_filters(const FilterCriteria& criteria,
                                               catalog::MappingSettings& settings) {
  settings.filters.clear();
  if (!criteria.filters) return std::nullopt;
  if (criteria.filters->size() > 10) {
    return invalid_parameter_value_exception(
        "The number of filters in FilterCriteria exceeds the limit of 10.");
  }
  for (const Filter& filter : *criteria.filters) {
    const std::string pattern = filter.pattern.value_or("{}");
    auto compiled = catalog::EventPattern::compile(pattern);
    if (!compiled) {
      return invalid_parameter_value_exception("Invalid filter pattern definition. " + compiled.error());
    }
    settings.filters.push_back(pattern);
  }
  return std::nullopt;
}

template <class To>
void take(const std::optional<std::int32_t>& from, To& to) {
  if (from) to = static_cast<To>(*from);
}

template <class Input>
std::optional<wire::ServiceError> take_all(const Input& input, catalog::MappingSettings& settings) {
  take(input.batch_size, settings.batch_size);
  take(input.maximum_batching_window_in_seconds, settings.batching_window_seconds);
  take(input.parallelization_factor, settings.parallelization_factor);
  take(input.maximum_record_age_in_seconds, settings.maximum_record_age_seconds);
  take(input.maximum_retry_attempts, settings.maximum_retry_attempts);
  if (input.bisect_batch_on_function_error) settings.bisect_on_error = *input.bisect_batch_on_function_error;
  if (input.function_response_types)
    settings.report_batch_item_failures = !input.function_response_types->empty();
  const std::int32_t age = settings.maximum_record_age_seconds;
  if (age != -1 && age < 60) {
    return invalid_parameter_value_exception(
        "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  }
  take(input.tumbling_window_in_seconds, settings.tumbling_window_seconds);
  if (input.destination_config && input.destination_config->on_failure) {
    const std::string arn = input.destination_config->on_failure->destination.value_or("");
    if (auto refused = refuse_stream_destination(arn)) return refused;
    settings.on_failure_destination = arn;
  }
  if (input.filter_criteria) return take_filters(*input.filter_criteria, settings);
  return std::nullopt;
}

std::string_view position_name(catalog::StartingPosition position) {
  switch (position) {
    case catalog::StartingPosition::kTrimHorizon:
      return "TRIM_HORIZON";
    case catalog::StartingPosition::kLatest:
      return "LATEST";
    case catalog::StartingPosition::kAtTimestamp:
      return "AT_TIMESTAMP";
  }
  return "LATEST";
}

}  // namespace

std::optional<wire::ServiceError> take_mapping(const CreateEventSourceMappingInput& input,
                                               catalog::MappingSettings& settings) {
  return take_all(input, settings);
}
std::optional<wire::ServiceError> take_mapping(const UpdateEventSourceMappingInput& input,
                                               catalog::MappingSettings& settings) {
  return take_all(input, settings);
}

EventSourceMappingConfiguration describe_mapping(const catalog::EventSourceMapping& mapping) {
  const catalog::MappingSettings& s = mapping.settings;
  EventSourceMappingConfiguration out;
  out.uuid = mapping.uuid;
  out.event_source_mapping_arn = mapping.arn();
  out.event_source_arn = mapping.event_source_arn;
  out.function_arn = mapping.function_arn;
  out.starting_position = std::string(position_name(mapping.starting_position));
  out.starting_position_timestamp = mapping.starting_timestamp;
  out.batch_size = static_cast<std::int32_t>(s.batch_size);
  out.maximum_batching_window_in_seconds = static_cast<std::int32_t>(s.batching_window_seconds);
  out.parallelization_factor = static_cast<std::int32_t>(s.parallelization_factor);
  out.maximum_record_age_in_seconds = s.maximum_record_age_seconds;
  out.maximum_retry_attempts = s.maximum_retry_attempts;
  out.bisect_batch_on_function_error = s.bisect_on_error;
  out.tumbling_window_in_seconds = static_cast<std::int32_t>(s.tumbling_window_seconds);
  out.function_response_types.emplace();
  if (s.report_batch_item_failures) out.function_response_types->push_back("ReportBatchItemFailures");
  DestinationConfig destinations;
  destinations.on_failure.emplace();
  if (!s.on_failure_destination.empty()) destinations.on_failure->destination = s.on_failure_destination;
  out.destination_config = std::move(destinations);
  if (!s.filters.empty()) {
    FilterCriteria criteria;
    criteria.filters.emplace();
    for (const std::string& pattern : s.filters) {
      Filter filter;
      filter.pattern = pattern;
      criteria.filters->push_back(std::move(filter));
    }
    out.filter_criteria = std::move(criteria);
  }
  out.state = std::string(catalog::state_name(mapping.state));
  out.state_transition_reason =
      mapping.state_reason == "USER_INITIATED" ? "User action" : mapping.state_reason;
  out.last_modified = mapping.last_modified;
  out.last_processing_result = mapping.last_processing_result;
  return out;
}

wire::ServiceError to_service_error(const catalog::MappingError& error, const std::string& uuid) {
  switch (error.kind) {
    case catalog::MappingErrorKind::kNotFound:
      return resource_not_found_exception("The resource you requested does not exist.");
    case catalog::MappingErrorKind::kExists:
      return resource_conflict_exception(
          fmt::format("The event source arn (\" \") and function (\" \") provided mapping already exists. "
                      "Please update or delete the "
                      "existing mapping with UUID {}",
                      error.uuid));
    case catalog::MappingErrorKind::kInUse:
      return resource_in_use_exception(
          fmt::format("Cannot update the event source mapping {} because it is in use.", uuid));
    case catalog::MappingErrorKind::kStore:
      return service_exception("The service encountered an internal error: the store refused.");
  }
  return service_exception("The service encountered an internal error.");
}

wire::ServiceError no_mappings() {
  return service_exception("This server was started without event source mappings.");
}

}  // namespace millrace::lambda
