// Layer versions: their names, their records in the catalog (kind "lambda.layer"), and what a function keeps of those it uses.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/lambda/lambda.h"
#include "shapes/lambda/types/get_layer_version_response.h"
#include "shapes/lambda/types/layer_versions_list_item.h"

namespace millrace::lambda {

constexpr std::uint64_t kUnzippedLimit = 262'144'000;  // of a function and its layers together

struct LayerName {
  std::string account;
  std::string region;
  std::string name;
  std::int64_t version = 0;  // 0: none was given

  std::string arn() const;          // without the version
  std::string version_arn() const;  // with it
};

struct LayerRecord {
  std::int64_t version = 0;
  std::string description;
  std::string created;  // as AWS shows it
  std::string license;
  std::vector<std::string> runtimes;
  std::vector<std::string> architectures;
  std::string sha256_hex;
  std::string sha256_base64;
  std::int64_t size = 0;
  std::int64_t unpacked_size = 0;
};

std::string encode_layer(const LayerRecord& layer);
std::optional<LayerRecord> decode_layer(std::string_view document);

// A name, or an ARN with or without a version.
Answer<LayerName> parse_layer_name(const wire::RequestContext& context, std::string_view given);
catalog::ResourceKey layer_key(const LayerName& name);       // of one version; sorts by version
catalog::ResourceKey layer_head_key(const LayerName& name);  // holds the highest version ever given out
wire::ServiceError layer_not_found(const LayerName& name);

base::Task<Answer<LayerRecord>> load_layer(Lambda& service, LayerName name);
GetLayerVersionResponse describe_layer(const Lambda& service, const LayerName& name,
                                       const LayerRecord& layer);
LayerVersionsListItem describe_in_list(const LayerName& name, const LayerRecord& layer);
bool fits(const LayerRecord& layer, const std::optional<std::string>& runtime,
          const std::optional<std::string>& architecture);

// Looks up the versions that a function wants: their packages go into settings.layer_packages. Layers of other accounts cannot be had
// here: they are kept by name and left out, and the log says so.
base::Task<std::optional<wire::ServiceError>> resolve_layers(Lambda& service,
                                                             const wire::RequestContext& context,
                                                             FunctionSettings& settings);
// A function and its layers together must fit.
std::optional<wire::ServiceError> check_total_size(const FunctionSettings& settings, std::int64_t code_size);

}  // namespace millrace::lambda
