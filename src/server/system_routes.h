// The server's own pages, beside the AWS APIs: /_millrace/health, /_millrace/metrics.
#pragma once

#include "base/metrics.h"
#include "wire/dispatch.h"

namespace millrace::server {

// `metrics` must outlive the dispatcher the hook is given to.
wire::RouteHook system_routes(const base::Registry& metrics);

}  // namespace millrace::server
