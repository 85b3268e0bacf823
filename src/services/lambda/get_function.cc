#include "services/lambda/describe.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionOutput>> get_function(Lambda& service, const wire::RequestContext& context,
                                                   GetFunctionInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  const FunctionRecord& record = *loaded->record;
  GetFunctionOutput out;
  out.configuration = describe(record, name->qualifier);
  FunctionCodeLocation code;
  code.repository_type = "S3";
  // Whoever knows the hash may have the code: the URL works without credentials, as AWS's presigned one does.
  code.location =
      runtime::CodeStore::is_hot(record.code_sha256_hex)
          ? "file://" + record.code_sha256_hex.substr(4)
          : service.options().public_url + "/_millrace/lambda/code/" + record.code_sha256_hex + ".zip";
  out.code = std::move(code);
  if (!record.tags.empty()) out.tags = record.tags;
  if (record.reserved_concurrency) {
    Concurrency concurrency;
    concurrency.reserved_concurrent_executions = record.reserved_concurrency;
    out.concurrency = std::move(concurrency);
  }
  co_return out;
}

}  // namespace millrace::lambda
