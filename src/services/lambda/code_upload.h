// Code as CreateFunction and UpdateFunctionCode bring it: inline, or from S3.
#pragma once

#include <optional>
#include <string>

#include "runtime/code_store.h"
#include "services/lambda/lambda.h"

namespace millrace::lambda {

struct CodeSource {
  std::optional<std::string> zip;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key;
  std::string runtime_id;
};

// Durable in the CodeStore when it returns. Waits for the disk. Errors are AWS's.
base::Task<Answer<runtime::StoredCode>> store_code(Lambda& service, CodeSource source);

}  // namespace millrace::lambda
