// What the runtime must know to run one version of a function. Immutable once made, shared by pointer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::runtime {

struct FunctionSpec {
  std::string arn;  // qualified when a version or alias was asked for
  std::string name;
  std::string version = "$LATEST";
  std::string region;
  std::string account;
  std::string runtime_id;   // "nodejs20.x"
  std::string handler;      // "index.handler"
  std::string code_sha256;  // hex; key of the code in the CodeStore
  std::string revision;  // changes with code or configuration: sandboxes of another revision are not reused
  std::map<std::string, std::string> environment;
  std::uint32_t memory_mb = 128;
  std::chrono::milliseconds timeout{3000};
  std::string role_arn;
  std::string log_group;                  // "/aws/lambda/<name>" unless configured
  std::string log_format = "Text";        // or "JSON"
  std::string log_level;                  // application log level when JSON
  std::vector<std::string> layer_sha256;  // in merge order
  std::uint32_t ephemeral_storage_mb = 512;
  bool provisioned = false;  // started before it is called: AWS_LAMBDA_INITIALIZATION_TYPE says so
};

using FunctionPtr = std::shared_ptr<const FunctionSpec>;

}  // namespace millrace::runtime
