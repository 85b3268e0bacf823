// The Query protocol's answers: XML made from an output that is JSON. Pure but for the thread's parser; any thread.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
#pragma once

#include <string>
#include <string_view>

#include "wire/error.h"
#include "wire/shape_facts.h"

namespace millrace::wire {

// Escaped for element content and attributes; what XML 1.0 cannot hold at all becomes U+FFFD. `text` must be UTF-8.
void append_xml_text(std::string& out, std::string_view text);

// <OpResponse><OpResult>...</OpResult><ResponseMetadata><RequestId>. `json` may be empty where there is no output.
struct XmlAnswer {
  const ProtocolFacts& service;
  std::string_view operation;
  const OperationShapes& shapes;
  std::string_view request_id;
};
std::string xml_answer(const XmlAnswer& answer, std::string_view json);
// <ErrorResponse><Error><Type>Sender<Code><Message>.
std::string xml_error(const ProtocolFacts& service, const ServiceError& error, std::string_view request_id);

}  // namespace millrace::wire
