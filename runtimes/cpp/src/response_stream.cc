#include "millrace/function/response_stream.h"

namespace millrace::function {

void ResponseStream::set_content_type(std::string_view content_type) {
  if (begun_) throw std::logic_error("the content type is set before the first byte of an answer");
  content_type_ = content_type;
}

// The JSON, eight NULs, then the body.
void ResponseStream::begin_http(const HttpHead& head) {
  set_content_type("application/vnd.awslambda.http-integration-response");
  std::string prelude = Json(head).dump();
  prelude.append(8, '\0');
  write(prelude);
}

void ResponseStream::write(std::string_view bytes) {
  if (bytes.empty()) return;
  begin();
  sink_.write(bytes);
}

void ResponseStream::begin() {
  if (begun_) return;
  sink_.begin(content_type_);
  begun_ = true;
}

}  // namespace millrace::function
