// The front of function URLs: HTTP straight to a function.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
//
// A URL is reached by Host (<id>.lambda-url.<region>.on.aws, <id>.lambda-url.<region>.localhost) or by path
// (/lambda-url/<id>/...), the form that is given out because every client on the machine can reach it; the prefix is no part
// of what the function sees. Threads: any io_context thread. Service and authenticator must outlive it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "net/http.h"
#include "services/lambda/lambda.h"
#include "services/lambda/url_record.h"
#include "wire/dispatch.h"
#include "wire/principal.h"

namespace millrace::lambda {

struct FunctionUrlOptions {
  bool bandwidth_shape = false;  // AWS's pace of streamed answers: 6 MB free, then 2 MB/s
};

class FunctionUrls {
 public:
  // `verifying` checks signatures for real, whatever --auth says: AuthType AWS_IAM means it.
  FunctionUrls(Lambda& service, const wire::Authenticator& verifying, FunctionUrlOptions options = {})
      : service_(service), verifying_(verifying), options_(options) {}

  // For Dispatcher::add_route. The FunctionUrls must outlive the dispatcher.
  wire::RouteHook hook();

 private:
  base::Task<> serve(net::Exchange& exchange);
  base::Task<> call(net::Exchange& exchange, UrlRecord url, LoadedFunction function, std::string_view path);

  Lambda& service_;
  const wire::Authenticator& verifying_;
  FunctionUrlOptions options_;
};

// The id and the path below it; nullopt when the request is for no function URL. Views of `head`.
struct UrlTarget {
  std::string_view id;
  std::string_view path;
};
std::optional<UrlTarget> find_url_target(const net::RequestHead& head);

// Whether the resource policy lets anybody call the URL, which AuthType NONE needs.
bool is_public(std::string_view policy_document);

}  // namespace millrace::lambda
