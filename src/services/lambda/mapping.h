// What the operations on event source mappings share: checks beyond the model, and a mapping as the API shows it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engines/catalog/event_source_mapping.h"
#include "services/lambda/lambda.h"
#include "shapes/lambda/types/event_source_mapping_configuration.h"

namespace millrace::lambda {

struct CreateEventSourceMappingInput;
struct UpdateEventSourceMappingInput;

// A refusal is AWS's, or says what this server does not do yet. `settings` is changed in place.
std::optional<wire::ServiceError> take_mapping(const CreateEventSourceMappingInput& input,
                                               catalog::MappingSettings& settings);
std::optional<wire::ServiceError> take_mapping(const UpdateEventSourceMappingInput& input,
                                               catalog::MappingSettings& settings);

EventSourceMappingConfiguration describe_mapping(const catalog::EventSourceMapping& mapping);
wire::ServiceError to_service_error(const catalog::MappingError& error, const std::string& uuid);
// The server was composed without mappings.
wire::ServiceError no_mappings();

}  // namespace millrace::lambda
