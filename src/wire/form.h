// The Query protocol's requests: a form whose dotted names spell out structures ("MetricData.member.1.Value=3").
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/shape_facts.h"

namespace millrace::wire {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// "a=1&b=%20+" decoded. nullopt: a malformed escape, or more than 65536 fields.
std::optional<FormFields> parse_form(std::string_view body);
// The value of the first field of that name; empty when there is none.
std::string_view form_field(const FormFields& fields, std::string_view name);

// The input of an operation as JSON, for the generated decoders: a scalar that is not of its shape's type is handed on as a string, so
// that they refuse it. nullopt: names nest more than 32 deep.
std::optional<std::string> form_to_json(const ProtocolFacts& service, const OperationShapes& operation,
                                        const FormFields& fields);

}  // namespace millrace::wire
