#include "services/lambda/code_upload.h"
#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

// Gives the next number and writes the version, both or neither; numbers of deleted versions do not come again.
base::Task<Answer<std::int64_t>> write_next(Lambda& service, LayerName name, LayerRecord layer) {
  for (;;) {
    auto head = co_await service.get(layer_head_key(name));
    if (!head) co_return base::fail(std::move(head.error()));
    layer.version = 1;
    if (*head) {
      wire::JsonParser parser;
      if (parser.parse((*head)->document)) layer.version = read_number(parser.root(), "last") + 1;
    }
    name.version = layer.version;
    RecordWriter last;
    last.number("last", layer.version);
    const catalog::Expect expect = *head ? catalog::Expect::at((*head)->revision) : catalog::Expect::absent();
    std::vector<catalog::Change> changes;
    changes.push_back({layer_head_key(name), last.finish(), expect});
    changes.push_back({layer_key(name), encode_layer(layer), catalog::Expect::absent()});
    auto written = co_await service.world().catalog.apply(std::move(changes));
    if (written) co_return layer.version;
    if (written.error() == catalog::CatalogError::kStore)
      co_return base::fail(to_service_error(written.error()));
  }
}

}  // namespace

base::Task<Answer<PublishLayerVersionOutput>> publish_layer_version(Lambda& service,
                                                                    const wire::RequestContext& context,
                                                                    PublishLayerVersionInput input) {
  auto name = parse_layer_name(context, input.layer_name);
  if (!name) co_return base::fail(std::move(name.error()));
  CodeSource source{std::move(input.content.zip_file), std::move(input.content.s3_bucket),
                    std::move(input.content.s3_key), ""};
  auto code = co_await store_code(service, std::move(source));
  if (!code) co_return base::fail(std::move(code.error()));
  LayerRecord layer;
  layer.description = input.description.value_or("");
  layer.created = lambda_timestamp(context.now);
  layer.license = input.license_info.value_or("");
  layer.runtimes = input.compatible_runtimes.value_or(std::vector<std::string>());
  layer.architectures = input.compatible_architectures.value_or(std::vector<std::string>());
  layer.sha256_hex = code->sha256_hex;
  layer.sha256_base64 = code->sha256_base64;
  layer.size = static_cast<std::int64_t>(code->size);
  layer.unpacked_size = static_cast<std::int64_t>(code->unpacked_size);
  auto version = co_await write_next(service, *name, layer);
  if (!version) co_return base::fail(std::move(version.error()));
  layer.version = *version;
  const GetLayerVersionResponse shown = describe_layer(service, *name, layer);
  PublishLayerVersionOutput out;
  out.content = shown.content;
  out.layer_arn = shown.layer_arn;
  out.layer_version_arn = shown.layer_version_arn;
  out.description = shown.description;
  out.created_date = shown.created_date;
  out.version = shown.version;
  out.compatible_architectures = shown.compatible_architectures;
  out.compatible_runtimes = shown.compatible_runtimes;
  out.license_info = shown.license_info;
  co_return out;
}

}  // namespace millrace::lambda
