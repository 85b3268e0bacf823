// FunctionRecord: everything kept about one version of a function, and its document in the catalog
// (docs/formats/catalog.md). Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "runtime/function_spec.h"
#include "services/lambda/function_name.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {

// The package of a layer that a function uses.
struct LayerPackage {
  std::string sha256_hex;  // empty: it cannot be had here and is left out
  std::int64_t size = 0;
  std::int64_t unpacked_size = 0;
};

// What CreateFunction and UpdateFunctionConfiguration may set.
struct FunctionSettings {
  std::string runtime;
  std::string role;
  std::string handler;
  std::string description;
  std::int32_t timeout = 3;
  std::int32_t memory_size = 128;
  std::optional<TextMap> environment;        // nullopt: never given
  std::vector<std::string> layers;           // ARNs
  std::vector<LayerPackage> layer_packages;  // of the same, in the same order
  std::string tracing_mode = "PassThrough";
  std::string kms_key_arn;
  std::string dead_letter_arn;
  std::int32_t ephemeral_storage = 512;
  std::string snap_start = "None";
  std::string log_format = "Text";
  std::string log_group;  // empty: /aws/lambda/<name>
  std::string application_log_level;
  std::string system_log_level;
  // Kept and returned, without effect on one machine.
  std::vector<std::string> subnet_ids;
  std::vector<std::string> security_group_ids;
  bool has_vpc = false;
  std::vector<std::pair<std::string, std::string>> file_systems;  // ARN, mount path
};

// PutFunctionEventInvokeConfig.
struct EventInvokeSettings {
  base::WallTime last_modified{};
  std::optional<std::int32_t> maximum_retry_attempts;
  std::optional<std::int32_t> maximum_event_age;
  std::string on_success_arn;
  std::string on_failure_arn;
};

struct FunctionRecord {
  FunctionName name;  // qualifier: the version, empty for $LATEST
  FunctionSettings settings;
  std::vector<std::string> architectures{"x86_64"};
  std::string code_sha256_hex;  // key in the CodeStore
  std::string code_sha256;      // base64, as AWS shows it
  std::int64_t code_size = 0;
  std::int64_t code_unpacked = 0;  // bytes of its files
  std::string last_modified;       // "2026-11-21T02:31:21.524+0000"
  std::string revision_id;         // UUID; changes with every change
  TextMap tags;
  std::optional<std::int32_t> reserved_concurrency;
  std::optional<EventInvokeSettings> event_invoke;
  std::int64_t last_version = 0;  // the highest number published
  std::string recursive_loop = "Terminate";

  std::string version() const { return name.qualifier.empty() ? "$LATEST" : name.qualifier; }
  std::string log_group() const {
    return settings.log_group.empty() ? "/aws/lambda/" + name.name : settings.log_group;
  }
};

using FunctionRecordPtr = std::shared_ptr<const FunctionRecord>;

std::string encode_record(const FunctionRecord& record);
std::optional<FunctionRecord> decode_record(std::string_view document);

// What the runtime needs; `qualifier` is the version or alias asked for, or empty.
runtime::FunctionPtr make_spec(const FunctionRecord& record, std::string_view qualifier);

// "2026-11-21T02:31:21.524+0000".
std::string lambda_timestamp(base::WallTime time);

}  // namespace millrace::lambda
