#include "services/lambda/code_upload.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/encoding.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

wire::ServiceError to_service_error(const runtime::CodeError& error) {
  using Kind = runtime::CodeError::Kind;
  switch (error.kind) {
    case Kind::kNotZip:
    case Kind::kUnsafeName:
      return invalid_parameter_value_exception(
          "Could not unzip uploaded file. Please check your file, then try to upload again.");
    case Kind::kEmpty:
      return invalid_parameter_value_exception("Uploaded file must be a non-empty zip");
    case Kind::kTooLarge:
      return invalid_parameter_value_exception("Unzipped size must be smaller than 262144000 bytes");
    case Kind::kTooMany:
      return invalid_parameter_value_exception(error.message);
    case Kind::kNotFound:
    case Kind::kIo:
      return service_exception("The code could not be kept: " + error.message);
  }
  return service_exception("The code could not be kept.");
}

// The folder is the code: what changes in it is run by the next invocation.
Answer<runtime::StoredCode> hot_folder(const Lambda& service, const std::string& folder) {
  if (!service.options().hot_reload) {
    return base::fail(invalid_parameter_value_exception(
        "Hot reload runs folders of the server's machine; with --auth=enforce it is switched off."));
  }
  std::error_code error;
  if (!folder.starts_with('/') || !std::filesystem::is_directory(folder, error)) {
    return base::fail(invalid_parameter_value_exception(fmt::format(
        "Hot reload takes the absolute path of a folder on the server's machine as S3Key; {} is none.",
        folder)));
  }
  runtime::StoredCode code;
  code.sha256_hex = runtime::CodeStore::hot_name(folder);
  code.sha256_base64 = base::base64_encode(base::sha256(folder));
  return code;
}

wire::ServiceError no_object(const char* code, const char* message) {
  return invalid_parameter_value_exception(
      fmt::format("Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}", code, message));
}

base::Task<Answer<std::string>> read_package(object::Objects* objects, std::string bucket, std::string key) {
  constexpr std::size_t kMost = 250u << 20;  // of an unpacked package
  if (objects == nullptr) co_return base::fail(no_object("NoSuchBucket", "This server has no buckets."));
  auto reader = co_await objects->get(std::move(bucket), std::move(key));
  if (!reader && reader.error().kind == object::ObjectErrorKind::kNoBucket)
    co_return base::fail(no_object("NoSuchBucket", "The specified bucket does not exist"));
  if (!reader) co_return base::fail(no_object("NoSuchKey", "The specified key does not exist."));
  auto bytes = co_await (*reader)->read(0, kMost);
  if (!bytes) co_return base::fail(no_object("InternalError", "The object cannot be read."));
  co_return std::move(*bytes);
}

}  // namespace

base::Task<Answer<runtime::StoredCode>> store_code(Lambda& service, CodeSource source) {
  if (source.s3_bucket == "hot-reload") co_return hot_folder(service, source.s3_key.value_or(""));
  std::string zip;
  if (source.zip) {
    zip = std::move(*source.zip);
  } else if (source.s3_bucket && source.s3_key) {
    auto object = co_await read_package(service.world().objects, *source.s3_bucket, *source.s3_key);
    if (!object) co_return base::fail(std::move(object.error()));
    zip = std::move(*object);
  } else {
    co_return base::fail(invalid_parameter_value_exception("Please provide a source for function code."));
  }
  runtime::FunctionSpec like;
  like.runtime_id = std::move(source.runtime_id);
  const runtime::CodeLayout layout = runtime::layout_of(like);
  auto stored = co_await service.world().code.put(std::move(zip), layout);
  if (!stored) co_return base::fail(to_service_error(stored.error()));
  co_return std::move(*stored);
}

}  // namespace millrace::lambda
