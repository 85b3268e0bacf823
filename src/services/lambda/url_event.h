// A function URL's request as the handler sees it: the event of payload format 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"
#include "services/lambda/url_record.h"
#include "wire/principal.h"

namespace millrace::lambda {

struct UrlRequest {
  const net::RequestHead& head;
  std::string_view body;
  std::string_view path;  // without the /lambda-url/<id> prefix; begins with a slash
  std::string_view peer_address;
  std::string_view request_id;
  std::string_view trace_header;
  base::WallTime now;
  std::optional<wire::Principal> principal;  // with AWS_IAM
};

std::string make_url_event(const UrlRecord& url, const UrlRequest& request);

// Whether a body of this content type is handed over as text; everything else comes as base64.
bool is_text_type(std::string_view content_type);

}  // namespace millrace::lambda
