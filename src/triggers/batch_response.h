// What a function's answer says about the records of its batch, with ReportBatchItemFailures. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "engines/stream/stream.h"

namespace millrace::triggers {

// How many records at the front of the batch are dealt with: all of them for no failures (null, empty or absent list),
// those before the lowest failed sequence number otherwise, none when the answer names something that is not in the batch.
std::size_t records_dealt_with(std::string_view answer, std::span<const store::Sequence> batch);

}  // namespace millrace::triggers
