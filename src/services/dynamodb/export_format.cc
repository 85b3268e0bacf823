#include "services/dynamodb/export_format.h"

#include <stdexcept>

#include <fmt/format.h>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_ion.h"
#include "engines/table/item_write.h"
#include "wire/json_writer.h"

namespace millrace::dynamodb {
namespace {

// 2026-11-21T01:45:00.123Z
std::string iso_time(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60, millis % 1000);
}

// Members of one JSON object.
class Members {
 public:
  Members& text(std::string_view name, std::string_view value) {
    begin(name);
    wire::append_json_string(out_, value);
    return *this;
  }
  Members& given(std::string_view name, const std::optional<std::string>& value) {
    return value ? text(name, *value) : *this;
  }
  Members& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  Members& raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
    return *this;
  }
  std::string finish() { return std::move(out_) + "}"; }

 private:
  void begin(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    wire::append_json_string(out_, name);
    out_ += ':';
  }
  std::string out_ = "{";
};

std::string seconds(base::WallTime time) {
  std::string out;
  wire::append_timestamp(out, time, wire::TimestampFormat::kEpochSeconds);
  return out;
}

table::Item decoded(std::string_view stored) {
  auto item = table::decode_stored(stored);
  if (!item) throw std::logic_error("a stored item does not decode");
  return std::move(*item);
}

void append_json_change(std::string& out, const ExportStyle& style, const table::ItemChange& change,
                        const table::Item& keys) {
  out +=
      R"({"Metadata":{"WriteTimestampMicros":{"N":")" + std::to_string(change.last_write) + R"("}},"Keys":)";
  table::append_json(out, keys);
  if (change.before && style.old_images)
    out.append(R"(,"OldImage":)").append(table::stored_json(*change.before));
  if (change.after) out.append(R"(,"NewImage":)").append(table::stored_json(*change.after));
  out += "}\n";
}

void append_ion_change(std::string& out, const ExportStyle& style, const table::ItemChange& change,
                       const table::Item& keys) {
  out += "$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:" + std::to_string(change.last_write) + ".},Keys:";
  table::append_ion(out, keys);
  if (change.before && style.old_images) table::append_ion(out += ",OldImage:", decoded(*change.before));
  if (change.after) table::append_ion(out += ",NewImage:", decoded(*change.after));
  out += "}}\n";
}

std::string folder(const ExportTableToPointInTimeInput& request) {
  std::string out = request.s3_prefix.value_or("");
  if (!out.empty() && !out.ends_with('/')) out += '/';
  return out + "AWSDynamoDB/";
}

}  // namespace

std::string write_export_request(const ExportTableToPointInTimeInput& input) {
  Members members;
  members.text("TableArn", input.table_arn).text("S3Bucket", input.s3_bucket);
  members.given("S3BucketOwner", input.s3_bucket_owner).given("S3Prefix", input.s3_prefix);
  members.given("S3SseAlgorithm", input.s3_sse_algorithm).given("S3SseKmsKeyId", input.s3_sse_kms_key_id);
  members.given("ExportFormat", input.export_format).given("ExportType", input.export_type);
  if (input.export_time) members.raw("ExportTime", seconds(*input.export_time));
  if (input.incremental_export_specification) {
    std::string specification;
    encode(*input.incremental_export_specification, specification);
    members.raw("IncrementalExportSpecification", specification);
  }
  return members.finish();
}

ExportTableToPointInTimeInput read_export_request(const table::Transfer& transfer) {
  wire::JsonParser parser;
  wire::DecodeErrors errors;
  ExportTableToPointInTimeInput input;
  if (!parser.parse(transfer.request) || !decode(parser.root(), wire::Place::kField, input, errors))
    throw std::logic_error("the request of an export does not read back");
  return input;
}

ExportStyle export_style(const ExportTableToPointInTimeInput& request) {
  ExportStyle style;
  if (request.export_format == "ION") style.format = ExportFormat::kIon;
  style.incremental = request.export_type == "INCREMENTAL_EXPORT";
  const auto& specification = request.incremental_export_specification;
  style.old_images = !specification || specification->export_view_type != "NEW_IMAGE";
  return style;
}

void append_export_item(std::string& out, const ExportStyle& style, std::string_view stored) {
  if (style.format == ExportFormat::kDynamoDbJson) {
    out.append(R"({"Item":)").append(table::stored_json(stored)).append("}\n");
    return;
  }
  table::append_ion(out += "$ion_1_0 {Item:", decoded(stored));
  out += "}\n";
}

void append_export_change(std::string& out, const ExportStyle& style, const table::ItemChange& change,
                          const table::KeySchema& keys) {
  const table::Item item = table::key_of(keys, decoded(change.before ? *change.before : *change.after));
  if (style.format == ExportFormat::kDynamoDbJson)
    append_json_change(out, style, change, item);
  else
    append_ion_change(out, style, change, item);
}

std::string export_key(const table::Transfer& transfer, std::string_view prefix, std::string_view file) {
  ExportTableToPointInTimeInput request;
  request.s3_prefix = std::string(prefix);
  return folder(request) + transfer.name.id + "/" + std::string(file);
}

std::string export_data_key(const table::Transfer& transfer, const ExportTableToPointInTimeInput& request,
                            std::uint64_t index) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  const std::string hash = base::sha256(table::transfer_arn(transfer.name) + "#" + std::to_string(index));
  std::string name;
  for (const char byte : hash.substr(0, 26))
    name += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  const ExportStyle style = export_style(request);
  return folder(request) + (style.incremental ? "" : transfer.name.id + "/") + "data/" + name +
         (style.format == ExportFormat::kIon ? ".ion.gz" : ".json.gz");
}

std::string manifest_files(const std::vector<table::TransferFile>& files) {
  std::string out;
  for (const table::TransferFile& file : files) {
    const std::string md5 = base::base64_encode(base::hex_decode(file.etag).value_or(""));
    Members line;
    line.number("itemCount", file.items).text("md5Checksum", std::string_view(md5));
    line.text("etag", std::string_view(file.etag)).text("dataFileS3Key", std::string_view(file.key));
    out += line.finish() + "\n";
  }
  return out;
}

std::string manifest_summary(const table::Transfer& ended, const ExportTableToPointInTimeInput& request) {
  const ExportStyle style = export_style(request);
  Members out;
  out.text("version", style.incremental ? "2023-08-01" : "2020-06-30");
  out.text("exportArn", std::string_view(table::transfer_arn(ended.name)));
  out.text("startTime", std::string_view(iso_time(ended.started)));
  out.text("endTime", std::string_view(iso_time(ended.ended)));
  table::TableDefinition named;
  named.name = ended.name.table;
  out.text("tableArn", std::string_view(named.arn())).text("tableId", std::string_view(ended.table_uuid));
  if (style.incremental) {
    const base::WallTime from(std::chrono::microseconds(static_cast<std::int64_t>(ended.since)));
    out.text("exportFromTime", std::string_view(iso_time(from)));
    out.text("exportToTime", std::string_view(iso_time(ended.time)));
  } else {
    out.text("exportTime", std::string_view(iso_time(ended.time)));
  }
  out.text("s3Bucket", std::string_view(request.s3_bucket));
  if (request.s3_prefix)
    out.given("s3Prefix", request.s3_prefix);
  else
    out.raw("s3Prefix", "null");
  out.text("s3SseAlgorithm", std::string_view(request.s3_sse_algorithm.value_or("AES256")));
  if (request.s3_sse_kms_key_id)
    out.given("s3SseKmsKeyId", request.s3_sse_kms_key_id);
  else
    out.raw("s3SseKmsKeyId", "null");
  out.text("manifestFilesS3Key",
           std::string_view(export_key(ended, request.s3_prefix.value_or(""), "manifest-files.json")));
  out.number("billedSizeBytes", ended.bytes).number("itemCount", ended.items);
  out.text("outputFormat", style.format == ExportFormat::kIon ? "ION" : "DYNAMODB_JSON");
  if (style.incremental)
    out.text("outputView", style.old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE")
        .text("exportType", "INCREMENTAL_EXPORT");
  else
    out.text("exportType", "FULL_EXPORT");
  return out.finish();
}

}  // namespace millrace::dynamodb
