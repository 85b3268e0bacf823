// Items as Amazon Ion text, as DynamoDB exports and imports them: strings, decimals, blobs, booleans, null, lists, structs, and
// sets as lists with an annotation. Pure functions; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
// https://amazon-ion.github.io/ion-docs/docs/spec.html
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engines/table/value.h"

namespace millrace::table {

// Appends a struct: {name:value,...}.
void append_ion(std::string& out, const Item& item);

struct IonError {
  std::string message;
};
// One value of Ion text, a version marker before it allowed, as JSON in which every Ion value below the second level of structs
// ({Item:{...}}: below Item) is an attribute value of the wire. So whatever is wrong with values is found where the wire's are.
// Bounded in depth; nothing may follow the value.
base::Result<std::string, IonError> ion_item_to_json(std::string_view text);

}  // namespace millrace::table
