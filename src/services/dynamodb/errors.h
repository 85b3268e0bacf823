// The engine's errors as AWS's: one exhaustive switch.
#pragma once

#include <string>
#include <string_view>

#include "engines/table/expression.h"
#include "engines/table/table_error.h"
#include "wire/error.h"

namespace millrace::dynamodb {

// `item`, when the operation asked for it (ReturnValuesOnConditionCheckFailure), goes into the error.
enum class ErrorItem { kNone, kAllOld };
wire::ServiceError to_service_error(table::TableError error, ErrorItem item = ErrorItem::kNone);
wire::ServiceError to_service_error(const table::ExpressionError& error);

// ResourceNotFoundException of operations on a table's definition: they name it.
wire::ServiceError table_not_found(std::string_view table_name);
// Of a batch whose tables were all held back; a part of one is unprocessed instead.
wire::ServiceError throughput_exceeded();
// That of a ResourceArn.
wire::ServiceError resource_missing(std::string_view arn);

// `return refuse("...")`: a ValidationException.
inline auto refuse(std::string message) {
  return base::fail(wire::validation_error(std::move(message)));
}
inline auto refuse_parameter(std::string_view message) {
  return refuse("One or more parameter values were invalid: " + std::string(message));
}

}  // namespace millrace::dynamodb
