// Functions written in C++20. One header for everything a handler needs; docs/guides/cpp-functions.md shows how.
#pragma once

#include "millrace/function/context.h"          // IWYU pragma: export
#include "millrace/function/error.h"            // IWYU pragma: export
#include "millrace/function/events/dynamodb.h"  // IWYU pragma: export
#include "millrace/function/events/http.h"      // IWYU pragma: export
#include "millrace/function/events/kinesis.h"   // IWYU pragma: export
#include "millrace/function/events/sqs.h"       // IWYU pragma: export
#include "millrace/function/handler.h"          // IWYU pragma: export
#include "millrace/function/response_stream.h"  // IWYU pragma: export
#include "millrace/function/run.h"              // IWYU pragma: export
