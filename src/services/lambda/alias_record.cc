#include "services/lambda/alias_record.h"

#include "services/lambda/record_json.h"
#include "wire/json_writer.h"

namespace millrace::lambda {

std::string encode_alias(const AliasRecord& alias) {
  RecordWriter out;
  out.text("name", std::string_view(alias.name)).text("version", std::string_view(alias.version));
  out.text("description", std::string_view(alias.description))
      .text("revision", std::string_view(alias.revision_id));
  std::string weights = "{";
  for (const auto& [version, weight] : alias.weights) {
    if (weights.size() > 1) weights += ',';
    wire::append_json_string(weights, version);
    weights += ':';
    wire::append_json_double(weights, weight);
  }
  return out.raw("weights", weights + "}").finish();
}

std::optional<AliasRecord> decode_alias(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  AliasRecord alias{read_text(in, "name"),
                    read_text(in, "version"),
                    read_text(in, "description"),
                    read_text(in, "revision"),
                    {}};
  for (wire::JsonFields field(in.find("weights")); field.next();)
    alias.weights.emplace(field.key(), field.value().as_double());
  return alias;
}

std::string version_at(const AliasRecord& alias, double point) {
  for (const auto& [version, weight] : alias.weights) {
    if (point < weight) return version;
    point -= weight;
  }
  return alias.version;
}

}  // namespace millrace::lambda
