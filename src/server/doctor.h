// `millrace doctor`: what this machine lets Millrace do for functions, and why not more. Prints; returns the exit code: 0 when functions
// of some runtime can be run.
#pragma once

#include "server/options.h"

namespace millrace::server {

// Before there are threads: it starts the spawner.
int doctor(const ServeOptions& options);

}  // namespace millrace::server
