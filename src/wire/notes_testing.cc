#include "shapes/notes/errors.h"
#include "shapes/notes/service.h"
#include "wire/services_testing.h"

namespace millrace::notes {

base::Task<base::Result<GetNoteOutput, wire::ServiceError>> get_note(Notes& service,
                                                                     const wire::RequestContext& context,
                                                                     GetNoteInput input) {
  ++service.calls;
  service.last_region = context.region;
  const auto found = service.notes.find(input.note_id);
  if (found == service.notes.end()) co_return base::fail(note_not_found_exception("No such note"));
  GetNoteOutput output;
  output.note = found->second;
  co_return output;
}

base::Task<base::Result<ListNotesOutput, wire::ServiceError>> list_notes(Notes& service,
                                                                         const wire::RequestContext&,
                                                                         ListNotesInput input) {
  if (input.limit == 99) throw std::runtime_error("a bug");
  ListNotesOutput output;
  output.notes.emplace();
  for (const auto& [id, note] : service.notes)
    output.notes->push_back(note);
  co_return output;
}

base::Task<base::Result<PutNoteOutput, wire::ServiceError>> put_note(Notes& service,
                                                                     const wire::RequestContext& context,
                                                                     PutNoteInput input) {
  ++service.calls;
  if (service.notes.size() >= 2) {
    NotebookFullException full;
    full.message = "Two are enough";
    full.note = input.note;
    co_return base::fail(to_error(full));
  }
  service.notes[input.note_id] = std::move(input.note);
  PutNoteOutput output;
  output.revision = 7;
  output.created = context.now;
  co_return output;
}

namespace {
constexpr auto kOperations =
    wire::operation_table(wire::operation<op::PutNote, put_note>, wire::operation<op::GetNote, get_note>,
                          wire::operation<op::ListNotes, list_notes>.with_body_limit(100));
}

wire::ServiceEntry operations(Notes& service) {
  return wire::bind(kService, kOperations, service);
}

}  // namespace millrace::notes
