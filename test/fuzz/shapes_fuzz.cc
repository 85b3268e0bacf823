// Any bytes as the body of requests: parsing, decoding, checking and encoding must not crash, and what was accepted must be
// accepted again when it is encoded and read back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shapes/notes/list_notes.h"
#include "shapes/notes/put_note.h"
#include "wire/operation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  static wire::JsonParser parser;
  if (!parser.parse({reinterpret_cast<const char*>(data), size})) return 0;
  wire::Incoming incoming;
  incoming.body = parser.root();
  notes::ListNotesInput list;
  static_cast<void>(notes::op::ListNotes::read(incoming, list));
  notes::PutNoteInput put;
  if (notes::op::PutNote::read(incoming, put)) return 0;

  std::string text;
  notes::encode(put.note, text);
  if (!parser.parse(text)) std::abort();
  notes::Note again;
  wire::DecodeErrors errors;
  if (!notes::decode(parser.root(), wire::Place::kField, again, errors)) std::abort();
  std::string twice;
  notes::encode(again, twice);
  if (twice != text) std::abort();
  return 0;
}
