// CBOR (RFC 8949) as the Smithy RPC v2 protocol uses it, to JSON and from it. Pure but for the thread's parser; any thread.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/shape_facts.h"

namespace millrace::wire {

// One item, nothing after it, at most 64 deep; keys of maps are text. Byte strings become base64, NaN and infinities AWS's strings,
// tag 1 (a time) its number; no other tag is known. nullopt: it is not that. Text is not checked to be UTF-8: the JSON parser does it.
std::optional<std::string> cbor_to_json(std::string_view bytes);

// An output in CBOR; members the shape does not have are left out. Empty where there is no output.
std::string json_to_cbor(const ProtocolFacts& service, const OperationShapes& operation,
                         std::string_view json);
// Without a shape: text, numbers, booleans as they are. For errors.
std::string json_to_cbor(std::string_view json);

}  // namespace millrace::wire
