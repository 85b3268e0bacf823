// Two small services: notes (JSON 1.0) and shelf (REST-JSON). Their models stand in test/support/models.
#pragma once

#include <map>
#include <string>

#include "shapes/notes/get_note.h"
#include "shapes/notes/list_notes.h"
#include "shapes/notes/put_note.h"
#include "wire/operation.h"

namespace millrace::notes {

struct Notes {
  std::map<std::string, Note> notes;
  int calls = 0;
  std::string last_region;
};

base::Task<base::Result<GetNoteOutput, wire::ServiceError>> get_note(Notes& service,
                                                                     const wire::RequestContext& context,
                                                                     GetNoteInput input);
base::Task<base::Result<ListNotesOutput, wire::ServiceError>> list_notes(Notes& service,
                                                                         const wire::RequestContext& context,
                                                                         ListNotesInput input);
base::Task<base::Result<PutNoteOutput, wire::ServiceError>> put_note(Notes& service,
                                                                     const wire::RequestContext& context,
                                                                     PutNoteInput input);

wire::ServiceEntry operations(Notes& service);

}  // namespace millrace::notes

namespace millrace::shelf {

struct Shelf {
  std::string last_script;
  int last_revision = 0;
};

wire::ServiceEntry operations(Shelf& service);

}  // namespace millrace::shelf
