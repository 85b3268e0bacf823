// Any bytes as a form: it is refused, or becomes JSON that the parser takes (unless its text is no UTF-8).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "shapes/notes/service.h"
#include "wire/form.h"
#include "wire/json_value.h"
#include "wire/services.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const auto fields = wire::parse_form({reinterpret_cast<const char*>(data), size});
  if (!fields) return 0;
  const wire::OperationFacts* facts = wire::find_facts(notes::kService, wire::form_field(*fields, "Action"));
  if (facts == nullptr) facts = wire::find_facts(notes::kService, "PutNote");
  const auto json = wire::form_to_json(
      notes::kProtocols, wire::find_shapes(notes::kService, notes::kProtocols, *facts), *fields);
  wire::JsonParser parser;
  if (json && !parser.parse(*json) && base::is_valid_utf8(*json)) std::abort();
  return 0;
}
