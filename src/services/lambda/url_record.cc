#include "services/lambda/url_record.h"

#include <fmt/format.h>

#include "services/lambda/lambda.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {
namespace {

std::string encode_cors(const Cors& cors) {
  RecordWriter out;
  out.flag("credentials", cors.allow_credentials)
      .texts("headers", cors.allow_headers)
      .texts("methods", cors.allow_methods);
  out.texts("origins", cors.allow_origins)
      .texts("expose", cors.expose_headers)
      .number("maxAge", cors.max_age);
  return out.finish();
}

Cors decode_cors(const wire::Json& in) {
  Cors cors;
  cors.allow_credentials = read_flag(in, "credentials");
  cors.allow_headers = read_optional_texts(in, "headers");
  cors.allow_methods = read_optional_texts(in, "methods");
  cors.allow_origins = read_optional_texts(in, "origins");
  cors.expose_headers = read_optional_texts(in, "expose");
  cors.max_age = read_optional_number(in, "maxAge");
  return cors;
}

}  // namespace

std::string encode_url(const UrlRecord& url) {
  RecordWriter out;
  out.text("id", std::string_view(url.id)).raw("function", encode_url_owner(url.function));
  out.text("auth", std::string_view(url.auth_type)).text("mode", std::string_view(url.invoke_mode));
  out.text("created", std::string_view(url.creation_time))
      .text("modified", std::string_view(url.last_modified_time));
  if (url.cors) out.raw("cors", encode_cors(*url.cors));
  return out.finish();
}

std::optional<UrlRecord> decode_url(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  const wire::Json function = in.find("function");
  UrlRecord url;
  url.id = read_text(in, "id");
  url.function = {read_text(function, "account"), read_text(function, "region"), read_text(function, "name"),
                  read_text(function, "qualifier")};
  url.auth_type = read_text(in, "auth");
  url.invoke_mode = read_text(in, "mode");
  url.creation_time = read_text(in, "created");
  url.last_modified_time = read_text(in, "modified");
  if (const wire::Json cors = in.find("cors"); cors.kind() == wire::JsonKind::kObject)
    url.cors = decode_cors(cors);
  return url;
}

catalog::ResourceKey url_key(const FunctionName& function) {
  return qualified_key("lambda.url", function);
}
catalog::ResourceKey url_id_key(std::string_view id) {
  return {"lambda.url-id", "", "", std::string(id)};
}

std::string encode_url_owner(const FunctionName& function) {
  RecordWriter out;
  out.text("account", std::string_view(function.account)).text("region", std::string_view(function.region));
  out.text("name", std::string_view(function.name)).text("qualifier", std::string_view(function.qualifier));
  return out.finish();
}

std::optional<FunctionName> decode_url_owner(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  return FunctionName{read_text(in, "account"), read_text(in, "region"), read_text(in, "name"),
                      read_text(in, "qualifier")};
}

std::string url_timestamp(base::WallTime time) {
  std::string text = lambda_timestamp(time);
  text.replace(text.size() - 5, 5, "Z");
  return text;
}

std::string function_url(std::string_view public_url, std::string_view id) {
  return fmt::format("{}/lambda-url/{}/", public_url, id);
}

}  // namespace millrace::lambda
