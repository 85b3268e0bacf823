// What an export writes: records, names of objects, manifests. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engines/table/changes.h"
#include "engines/table/transfer.h"
#include "shapes/dynamodb/export_table_to_point_in_time.h"

namespace millrace::dynamodb {

// The request as a transfer keeps it. Reading one that was not written so is a bug and throws.
std::string write_export_request(const ExportTableToPointInTimeInput& input);
ExportTableToPointInTimeInput read_export_request(const table::Transfer& transfer);

enum class ExportFormat { kDynamoDbJson, kIon };
struct ExportStyle {
  ExportFormat format = ExportFormat::kDynamoDbJson;
  bool incremental = false;
  bool old_images = true;
};
ExportStyle export_style(const ExportTableToPointInTimeInput& request);

// A line of a data file. `stored`: as the engine keeps it.
void append_export_item(std::string& out, const ExportStyle& style, std::string_view stored);
void append_export_change(std::string& out, const ExportStyle& style, const table::ItemChange& change,
                          const table::KeySchema& keys);

// Keys of objects, the request's prefix included. Data files have names that only their number decides, so that a
// step which is done again writes the same object.
std::string export_key(const table::Transfer& transfer, std::string_view prefix, std::string_view file);
std::string export_data_key(const table::Transfer& transfer, const ExportTableToPointInTimeInput& request,
                            std::uint64_t index);

std::string manifest_files(const std::vector<table::TransferFile>& files);
// `ended`: the transfer as it will be.
std::string manifest_summary(const table::Transfer& ended, const ExportTableToPointInTimeInput& request);

}  // namespace millrace::dynamodb
