// The service's own pages, beside the AWS API: a function's package (GetFunction's Code.Location), and what functions print
// until CloudWatch Logs is there.
//   GET /_millrace/lambda/code/<sha256>.zip
//   GET /_millrace/logs?function=NAME[&region=R][&stream=S][&request=ID][&since=MILLIS][&limit=N][&format=json]
#pragma once

#include <string>

#include "engines/telemetry/log_store.h"
#include "services/lambda/lambda.h"
#include "wire/dispatch.h"

namespace millrace::lambda {

struct PagesOptions {
  std::string account;
  std::string default_region;
  bool show_logs = true;  // false where requests must be signed: these pages ask for no signature
};

// `service` and `logs` must outlive the dispatcher the hook is given to.
wire::RouteHook lambda_pages(Lambda& service, telemetry::LogStore& logs, PagesOptions options);

}  // namespace millrace::lambda
