#include "services/dynamodb/export_work.h"

#include "base/encoding.h"
#include "base/gzip.h"
#include "base/log.h"
#include "engines/table/item_codec.h"

namespace millrace::dynamodb {
namespace {

using table::TableResult;
using table::Transfer;
using table::TransferStatus;

// Packed at once, on the thread that works on it; members of gzip follow each other in a file.
constexpr std::size_t kPackedPiece = 256 * 1024;

object::ObjectAttributes of_type(std::string type) {
  object::ObjectAttributes attributes;
  attributes.content_type = std::move(type);
  return attributes;
}

std::int64_t size_of(const std::optional<std::string>& stored) {
  return stored ? static_cast<std::int64_t>(table::stored_size(*stored)) : 0;
}

}  // namespace

TransferFailure bucket_failure(const object::ObjectError& error) {
  switch (error.kind) {
    case object::ObjectErrorKind::kNoBucket:
      return {"S3NoSuchBucket",
              "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: "
              "NoSuchBucket)"};
    case object::ObjectErrorKind::kNoKey:
      return {
          "S3NoSuchKey",
          "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)"};
    case object::ObjectErrorKind::kBadKey:
      return {"S3KeyTooLongError",
              "Your key is too long (Service: Amazon S3; Status Code: 400; Error Code: KeyTooLongError)"};
    case object::ObjectErrorKind::kDiskFull:
      return {"S3InternalError", "The disk of the data folder is full"};
    default:
      break;
  }
  base::log(base::LogLevel::kError, "dynamodb: an object could not be read or written: {}", error.message);
  return {"S3InternalError", "The object could not be read or written; the server's log says why"};
}

// What one step has read and written.
struct ExportWork::Part {
  Transfer seen;  // where the step began
  Transfer next;
  ExportStyle style;
  table::KeySchema keys;
  std::string text = {};  // not yet packed
  std::int64_t items = 0;
};

base::Task<TableResult<bool>> ExportWork::step(Transfer transfer) {
  const ExportTableToPointInTimeInput request = read_export_request(transfer);
  if (transfer.complete) co_return co_await write_manifests(std::move(transfer), request);
  co_return co_await write_file(std::move(transfer), request);
}

base::Task<TableResult<bool>> ExportWork::fail(Transfer transfer, object::ObjectError error) {
  TransferFailure failure = bucket_failure(error);
  Transfer ended = transfer;
  ended.status = TransferStatus::kFailed;
  ended.ended = world_.clock.now();
  ended.failure_code = std::move(failure.code);
  ended.failure_message = std::move(failure.message);
  auto done = co_await world_.transfers.finish(std::move(transfer), std::move(ended));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return true;
}

// Adds the next part of the table to the text. True: that was the last.
base::Task<TableResult<bool>> ExportWork::read_part(Part& part) {
  if (part.style.incremental) {
    auto page = co_await world_.transfers.read_changes(part.next);
    if (!page) co_return base::fail(std::move(page.error()));
    for (const table::ItemChange& change : page->changes) {
      append_export_change(part.text, part.style, change, part.keys);
      part.next.bytes += size_of(change.before) + size_of(change.after);
    }
    part.items += static_cast<std::int64_t>(page->changes.size());
    part.next.position = std::move(page->next);
    co_return page->last;
  }
  auto page = co_await world_.transfers.read_items(part.next);
  if (!page) co_return base::fail(std::move(page.error()));
  for (const auto& [key, stored] : page->items) {
    append_export_item(part.text, part.style, stored);
    part.next.bytes += static_cast<std::int64_t>(table::stored_size(stored));
  }
  part.items += static_cast<std::int64_t>(page->items.size());
  part.next.position = std::move(page->next);
  co_return page->last;
}

base::Task<TableResult<bool>> ExportWork::write_file(Transfer transfer,
                                                     const ExportTableToPointInTimeInput& request) {
  if (transfer.files == 0) {
    std::string key = export_key(transfer, request.s3_prefix.value_or(""), "_started");
    std::string nothing;
    object::ObjectAttributes attributes;
    auto started = co_await world_.objects.put_whole(request.s3_bucket, std::move(key), std::move(nothing),
                                                     std::move(attributes));
    if (!started) co_return co_await fail(std::move(transfer), std::move(started.error()));
  }
  auto table = co_await world_.transfers.table_of(transfer);
  if (!table) co_return base::fail(std::move(table.error()));
  Part part{transfer, transfer, export_style(request), (*table)->keys};
  table::TransferFile file;
  file.key = export_data_key(transfer, request, transfer.files);
  object::ObjectAttributes attributes = of_type("application/gzip");
  auto writer = co_await world_.objects.put(request.s3_bucket, file.key, std::move(attributes));
  if (!writer) co_return co_await fail(std::move(transfer), std::move(writer.error()));
  std::size_t written = 0;
  bool last = false;
  while (!last && written < options_.file_bytes) {
    if (world_.stopping) co_return false;
    auto read = co_await read_part(part);
    if (!read) co_return base::fail(std::move(read.error()));
    last = *read;
    const bool ends = last || written + part.text.size() >= options_.file_bytes;
    if (part.text.size() < kPackedPiece && !ends) continue;
    written += part.text.size();
    std::string packed = base::gzip(part.text);
    part.text.clear();
    auto put = co_await (*writer)->write(std::move(packed));
    if (!put) co_return co_await fail(std::move(transfer), std::move(put.error()));
  }
  auto info = co_await (*writer)->commit();
  if (!info) co_return co_await fail(std::move(transfer), std::move(info.error()));
  file.etag = info->etag;
  file.items = part.items;
  part.next.items += part.items;
  part.next.complete = last;
  ++part.next.files;
  auto advanced = co_await world_.transfers.advance(std::move(part.seen), std::move(part.next), file);
  if (!advanced) co_return base::fail(std::move(advanced.error()));
  co_return !*advanced;
}

base::Task<TableResult<bool>> ExportWork::write_manifests(Transfer transfer,
                                                          const ExportTableToPointInTimeInput& request) {
  auto files = co_await world_.transfers.files(transfer.name);
  if (!files) co_return base::fail(std::move(files.error()));
  Transfer ended = transfer;
  ended.status = TransferStatus::kCompleted;
  ended.ended = world_.clock.now();
  // Who sees the summary finds everything else there.
  const std::pair<const char*, std::string> manifests[] = {
      {"manifest-files", manifest_files(*files)}, {"manifest-summary", manifest_summary(ended, request)}};
  for (const auto& [name, text] : manifests) {
    for (const bool checksum : {true, false}) {
      std::string key = export_key(transfer, request.s3_prefix.value_or(""),
                                   std::string(name) + (checksum ? ".md5" : ".json"));
      std::string bytes = checksum ? base::base64_encode(base::md5(text)) : text;
      object::ObjectAttributes attributes = of_type(checksum ? "text/plain" : "application/json");
      auto put = co_await world_.objects.put_whole(request.s3_bucket, std::move(key), std::move(bytes),
                                                   std::move(attributes));
      if (!put) co_return co_await fail(std::move(transfer), std::move(put.error()));
    }
  }
  auto done = co_await world_.transfers.finish(std::move(transfer), std::move(ended));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return true;
}

}  // namespace millrace::dynamodb
