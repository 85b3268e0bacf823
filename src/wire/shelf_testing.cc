#include "shapes/shelf/delete_book.h"
#include "shapes/shelf/errors.h"
#include "shapes/shelf/get_page.h"
#include "shapes/shelf/list_books.h"
#include "shapes/shelf/put_book.h"
#include "shapes/shelf/read_aloud.h"
#include "shapes/shelf/service.h"
#include "wire/services_testing.h"

namespace millrace::shelf {
namespace {

base::Task<base::Result<DeleteBookOutput, wire::ServiceError>> delete_book(Shelf& service,
                                                                           const wire::RequestContext&,
                                                                           DeleteBookInput input) {
  if (input.book_id == "none") co_return base::fail(book_not_found_exception("Book not found: none"));
  service.last_revision = input.revision.value_or(-1);
  co_return DeleteBookOutput{};
}

base::Task<base::Result<GetPageOutput, wire::ServiceError>> get_page(Shelf&, const wire::RequestContext&,
                                                                     GetPageInput input) {
  GetPageOutput output;
  output.body = input.book_id + "|" + input.path;
  output.number = 12;
  output.printed = base::WallTime(std::chrono::seconds(1576540098));
  co_return output;
}

base::Task<base::Result<ListBooksOutput, wire::ServiceError>> list_books(Shelf&, const wire::RequestContext&,
                                                                         ListBooksInput input) {
  ListBooksOutput output;
  output.books.emplace();
  std::vector<std::string> none;
  for (const std::string& tag : input.tags ? *input.tags : none) {
    Book book;
    book.title = tag + "/" + input.marker.value_or("-") + "/" + std::to_string(input.max_items.value_or(0));
    output.books->push_back(book);
  }
  co_return output;
}

base::Task<base::Result<PutBookOutput, wire::ServiceError>> put_book(Shelf&, const wire::RequestContext&,
                                                                     PutBookInput input) {
  PutBookOutput book;
  book.book_id = input.book_id;
  book.title = input.title;
  book.tags = input.tags;
  co_return book;
}

base::Task<base::Result<void, wire::ServiceError>> read_aloud(Shelf& service, const wire::RequestContext&,
                                                              ReadAloudInput input, wire::HttpCall& http) {
  service.last_script = input.script.value_or("");
  if (input.book_id == "mute") {
    wire::ServiceError error = book_not_found_exception("It does not speak");
    co_return base::fail(error);
  }
  net::ResponseHead head;
  head.headers = http.headers;
  static_cast<void>(co_await http.exchange.begin(std::move(head)));
  static_cast<void>(co_await http.exchange.write("la "));
  if (input.book_id == "hoarse") throw std::runtime_error("lost its voice");
  static_cast<void>(co_await http.exchange.write(input.voice.value_or("la")));
  static_cast<void>(co_await http.exchange.finish());
  co_return base::Result<void, wire::ServiceError>();
}

constexpr auto kOperations =
    wire::operation_table(wire::operation<op::DeleteBook, delete_book>,
                          wire::operation<op::GetPage, get_page>, wire::operation<op::ListBooks, list_books>,
                          wire::operation<op::PutBook, put_book>, wire::operation<op::ReadAloud, read_aloud>);

}  // namespace

wire::ServiceEntry operations(Shelf& service) {
  return wire::bind(kService, kOperations, service);
}

}  // namespace millrace::shelf
