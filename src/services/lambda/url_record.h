// A function URL's configuration and its document in the catalog. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engines/catalog/catalog.h"
#include "services/lambda/function_name.h"
#include "shapes/lambda/types/cors.h"

namespace millrace::lambda {

struct UrlRecord {
  std::string id;         // 32 characters, the host's first label
  FunctionName function;  // qualifier: the alias, or empty
  std::string auth_type;  // "NONE" or "AWS_IAM"
  std::string invoke_mode = "BUFFERED";
  std::optional<Cors> cors;
  std::string creation_time;  // "2026-11-21T02:31:21.524Z"
  std::string last_modified_time;

  bool streams() const { return invoke_mode == "RESPONSE_STREAM"; }
};

std::string encode_url(const UrlRecord& url);
std::optional<UrlRecord> decode_url(std::string_view document);

catalog::ResourceKey url_key(const FunctionName& function);  // of the configuration
catalog::ResourceKey url_id_key(std::string_view id);        // id to function, for the front
// The id's document: which function it belongs to.
std::string encode_url_owner(const FunctionName& function);
std::optional<FunctionName> decode_url_owner(std::string_view document);

// "2026-11-21T02:31:21.524Z".
std::string url_timestamp(base::WallTime time);

// What FunctionUrl tells: the form that every client on this machine reaches.
std::string function_url(std::string_view public_url, std::string_view id);

}  // namespace millrace::lambda
