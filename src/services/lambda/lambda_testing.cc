#include "services/lambda/lambda_testing.h"

#include <stdexcept>

#include "base/encoding.h"
#include "services/lambda/operations.h"
#include "store/run_testing.h"

namespace millrace::lambda {
namespace {

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

}  // namespace

base::Task<runtime::InvokeOutcome> FakeInvoker::invoke(runtime::Invocation invocation,
                                                       runtime::ResponseSink& sink) {
  seen.push_back(invocation);
  if (fail_first > 0) {
    --fail_first;
    runtime::InvokeOutcome failed;
    failed.failure = runtime::InvokeFailure::kHandled;
    failed.error_json = R"({"errorType":"Error","errorMessage":"told to"})";
    co_return failed;
  }
  if (!chunks.empty()) {
    const bool wanted = co_await sink.begin(content_type, streamed);
    if (!wanted) co_return outcome;
  }
  for (const std::string& chunk : chunks) {
    const bool taken = co_await sink.write(chunk);
    if (!taken) break;
  }
  co_return outcome;
}

// APPNOTE.TXT: a local header, the bytes, a central directory of one entry, its end.
std::string one_file_zip(std::string_view content) {
  const std::string name = "index.js";
  const std::uint32_t crc = base::crc32(content);
  const auto size = static_cast<std::uint32_t>(content.size());
  std::string shared;
  append_little_endian(shared, 20, 2);  // version needed
  append_little_endian(shared, 0, 4);   // flags, stored
  append_little_endian(shared, 0, 2);
  append_little_endian(shared, 0x5021, 2);  // 2020-01-01
  append_little_endian(shared, crc, 4);
  append_little_endian(shared, size, 4);
  append_little_endian(shared, size, 4);
  append_little_endian(shared, static_cast<std::uint32_t>(name.size()), 2);
  append_little_endian(shared, 0, 2);
  std::string zip = "PK\x03\x04" + shared + name + std::string(content);
  const auto directory = static_cast<std::uint32_t>(zip.size());
  std::string entry = "PK\x01\x02";
  append_little_endian(entry, 0x0314, 2);  // made by: Unix
  entry += shared;
  append_little_endian(entry, 0, 2);
  append_little_endian(entry, 0, 4);
  append_little_endian(entry, 0100644u << 16, 4);
  append_little_endian(entry, 0, 4);
  entry += name;
  zip += entry + "PK\x05\x06";
  append_little_endian(zip, 0, 4);
  append_little_endian(zip, 1, 2);
  append_little_endian(zip, 1, 2);
  append_little_endian(zip, static_cast<std::uint32_t>(entry.size()), 4);
  append_little_endian(zip, directory, 4);
  append_little_endian(zip, 0, 2);
  return zip;
}

LambdaForTests::LambdaForTests() {
  LambdaWorld world{catalog, invoker, code, *clock, *random, {}};
  world.mappings = &mappings;
  world.objects = &objects;
  LambdaOptions options;
  options.public_url = "http://127.0.0.1:4566";
  service = std::make_unique<Lambda>(std::move(world), std::move(options));
}

wire::RequestContext LambdaForTests::context(std::string_view operation) const {
  wire::RequestContext context;
  context.request_id = "8b0c1a9e-5f3d-4a57-9a56-0a8ff6b9f001";
  context.service = "lambda";
  context.operation = operation;
  context.region = "us-east-1";
  context.principal.arn = "arn:aws:iam::000000000000:root";
  context.now = clock->now();
  return context;
}

void LambdaForTests::make_function(const std::string& name) {
  CreateFunctionInput input;
  input.function_name = name;
  input.runtime = "nodejs20.x";
  input.role = "arn:aws:iam::000000000000:role/r";
  input.handler = "index.handler";
  input.code.zip_file = one_file_zip("exports.handler = async () => 1;");
  const wire::RequestContext asked = context("CreateFunction");
  auto made = store::run(create_function(*service, asked, std::move(input)));
  if (!made) throw std::runtime_error(made.error().code + ": " + made.error().message);
}

}  // namespace millrace::lambda
