#include "services/lambda/layer.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

bool has(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::string LayerName::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:layer:{}", region, account, name);
}
std::string LayerName::version_arn() const {
  return fmt::format("{}:{}", arn(), version);
}

std::string encode_layer(const LayerRecord& layer) {
  RecordWriter out;
  out.number("version", layer.version).text("description", std::string_view(layer.description));
  out.text("created", std::string_view(layer.created)).text("license", std::string_view(layer.license));
  out.texts("runtimes", layer.runtimes).texts("architectures", layer.architectures);
  out.text("codeHex", std::string_view(layer.sha256_hex)).text("code", std::string_view(layer.sha256_base64));
  return out.number("size", layer.size).number("unpacked", layer.unpacked_size).finish();
}

std::optional<LayerRecord> decode_layer(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  LayerRecord layer;
  layer.version = read_number(in, "version");
  layer.description = read_text(in, "description");
  layer.created = read_text(in, "created");
  layer.license = read_text(in, "license");
  layer.runtimes = read_texts(in, "runtimes");
  layer.architectures = read_texts(in, "architectures");
  layer.sha256_hex = read_text(in, "codeHex");
  layer.sha256_base64 = read_text(in, "code");
  layer.size = read_number(in, "size");
  layer.unpacked_size = read_number(in, "unpacked");
  return layer;
}

Answer<LayerName> parse_layer_name(const wire::RequestContext& context, std::string_view given) {
  LayerName name{context.account(), context.region, std::string(given), 0};
  if (!given.starts_with("arn:")) return name;
  const auto parts = base::split(given, ':');
  const bool good = (parts.size() == 7 || parts.size() == 8) && parts[2] == "lambda" && parts[5] == "layer";
  if (!good)
    return base::fail(invalid_parameter_value_exception(fmt::format("Invalid layer ARN: {}", given)));
  name = {std::string(parts[4]), std::string(parts[3]), std::string(parts[6]), 0};
  if (parts.size() == 8) {
    const auto [end, error] =
        std::from_chars(parts[7].data(), parts[7].data() + parts[7].size(), name.version);
    if (error != std::errc() || end != parts[7].data() + parts[7].size() || name.version < 1)
      return base::fail(invalid_parameter_value_exception(fmt::format("Invalid layer ARN: {}", given)));
  }
  return name;
}

catalog::ResourceKey layer_key(const LayerName& name) {
  return {"lambda.layer", name.account, name.region, fmt::format("{}:{:010}", name.name, name.version)};
}
catalog::ResourceKey layer_head_key(const LayerName& name) {
  return {"lambda.layer-head", name.account, name.region, name.name};
}

wire::ServiceError layer_not_found(const LayerName& name) {
  return resource_not_found_exception(
      fmt::format("Layer version {} does not exist.", name.version > 0 ? name.version_arn() : name.arn()));
}

base::Task<Answer<LayerRecord>> load_layer(Lambda& service, LayerName name) {
  auto found = co_await service.get(layer_key(name));
  if (!found) co_return base::fail(std::move(found.error()));
  if (!*found) co_return base::fail(layer_not_found(name));
  auto layer = decode_layer((*found)->document);
  if (!layer) co_return base::fail(service_exception("The stored layer cannot be read."));
  co_return std::move(*layer);
}

GetLayerVersionResponse describe_layer(const Lambda& service, const LayerName& name,
                                       const LayerRecord& layer) {
  const LayerVersionsListItem item = describe_in_list(name, layer);
  GetLayerVersionResponse out;
  out.content.emplace();
  out.content->location =
      service.options().public_url + "/_millrace/lambda/code/" + layer.sha256_hex + ".zip";
  out.content->code_sha256 = layer.sha256_base64;
  out.content->code_size = layer.size;
  out.layer_arn = name.arn();
  out.layer_version_arn = item.layer_version_arn;
  out.description = layer.description;
  out.created_date = item.created_date;
  out.version = item.version;
  out.compatible_architectures = item.compatible_architectures;
  out.compatible_runtimes = item.compatible_runtimes;
  out.license_info = item.license_info;
  return out;
}

LayerVersionsListItem describe_in_list(const LayerName& name, const LayerRecord& layer) {
  LayerVersionsListItem out;
  out.layer_version_arn = LayerName{name.account, name.region, name.name, layer.version}.version_arn();
  out.version = layer.version;
  if (!layer.description.empty()) out.description = layer.description;
  out.created_date = layer.created;
  if (!layer.architectures.empty()) out.compatible_architectures = layer.architectures;
  if (!layer.runtimes.empty()) out.compatible_runtimes = layer.runtimes;
  if (!layer.license.empty()) out.license_info = layer.license;
  return out;
}

bool fits(const LayerRecord& layer, const std::optional<std::string>& runtime,
          const std::optional<std::string>& architecture) {
  return (!runtime || has(layer.runtimes, *runtime)) &&
         (!architecture || has(layer.architectures, *architecture));
}

base::Task<std::optional<wire::ServiceError>> resolve_layers(Lambda& service,
                                                             const wire::RequestContext& context,
                                                             FunctionSettings& settings) {
  settings.layer_packages.clear();
  std::vector<std::string> seen;
  for (const std::string& arn : settings.layers) {
    auto name = parse_layer_name(context, arn);
    if (!name) co_return std::move(name.error());
    if (name->version == 0) co_return invalid_parameter_value_exception("Invalid layer ARN: " + arn);
    if (has(seen, name->arn())) {
      co_return invalid_parameter_value_exception(
          fmt::format("Two different versions of the same layer are not allowed to be referenced in the same "
                      "function. {}",
                      arn));
    }
    seen.push_back(name->arn());
    if (name->account != context.account() || name->region != context.region) {
      base::log(base::LogLevel::kWarning,
                "the layer {} is of another account or region and cannot be had here: left out", arn);
      settings.layer_packages.push_back({});
      continue;
    }
    auto layer = co_await load_layer(service, *name);
    if (!layer && layer.error().code == "ResourceNotFoundException")
      co_return invalid_parameter_value_exception(fmt::format("Layer version {} does not exist.", arn));
    if (!layer) co_return std::move(layer.error());
    settings.layer_packages.push_back({layer->sha256_hex, layer->size, layer->unpacked_size});
  }
  co_return std::nullopt;
}

std::optional<wire::ServiceError> check_total_size(const FunctionSettings& settings, std::int64_t code_size) {
  std::uint64_t total = static_cast<std::uint64_t>(code_size);
  for (const LayerPackage& layer : settings.layer_packages)
    total += static_cast<std::uint64_t>(layer.unpacked_size);
  if (total <= kUnzippedLimit) return std::nullopt;
  return invalid_parameter_value_exception(
      fmt::format("Function code combined with layers exceeds the maximum allowed size of {} bytes. The "
                  "actual size is {} bytes.",
                  kUnzippedLimit, total));
}

}  // namespace millrace::lambda
