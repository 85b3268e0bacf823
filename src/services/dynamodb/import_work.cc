#include "services/dynamodb/import_work.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engines/table/item_size.h"
#include "services/dynamodb/export_work.h"
#include "wire/json_writer.h"

namespace millrace::dynamodb {
namespace {

using table::TableResult;
using table::Transfer;
using table::TransferStatus;

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kBatchItems = 100;
constexpr std::size_t kBatchBytes = 1u << 20;
constexpr std::size_t kListedAtOnce = 256;

ImportRecords::Options record_options(const ImportTableInput& request, const table::TableDefinition& table) {
  ImportRecords::Options options;
  if (request.input_format == "ION") options.format = ImportFormat::kIon;
  if (request.input_format == "CSV") options.format = ImportFormat::kCsv;
  if (request.input_format_options && request.input_format_options->csv) {
    const CsvOptions& csv = *request.input_format_options->csv;
    if (csv.delimiter) options.delimiter = csv.delimiter->front();
    options.header = csv.header_list;
  }
  for (const AttributeDefinition& attribute : request.table_creation_parameters.attribute_definitions) {
    const bool of_table = table.keys.has(attribute.attribute_name);
    options.typed[attribute.attribute_name] = {attribute.attribute_name, attribute.attribute_type, !of_table};
  }
  return options;
}

base::Packing packing_of(const ImportTableInput& request) {
  if (request.input_compression_type == "GZIP") return base::Packing::kGzip;
  return request.input_compression_type == "ZSTD" ? base::Packing::kZstd : base::Packing::kNone;
}

}  // namespace

std::string write_import_request(const ImportTableInput& input) {
  std::string out = "{\"S3BucketSource\":";
  encode(input.s3_bucket_source, out);
  wire::append_json_string(out += ",\"InputFormat\":", input.input_format);
  if (input.input_format_options) encode(*input.input_format_options, out += ",\"InputFormatOptions\":");
  if (input.input_compression_type)
    wire::append_json_string(out += ",\"InputCompressionType\":", *input.input_compression_type);
  encode(input.table_creation_parameters, out += ",\"TableCreationParameters\":");
  return out += '}';
}

ImportTableInput read_import_request(const Transfer& transfer) {
  wire::JsonParser parser;
  wire::DecodeErrors errors;
  ImportTableInput input;
  if (!parser.parse(transfer.request) || !decode(parser.root(), wire::Place::kField, input, errors))
    throw std::logic_error("the request of an import does not read back");
  return input;
}

ImportWork::ImportWork(World world, ImportOptions options, Transfer transfer)
    : world_(world),
      options_(options),
      request_(read_import_request(transfer)),
      seen_(transfer),
      next_(std::move(transfer)),
      position_(parse_position(seen_.position)),
      group_{seen_.name.table.account, seen_.name.table.region, std::string(kImportLogGroup)} {}

// "<offset> <index> <done> <key>"
ImportWork::Position ImportWork::parse_position(const std::string& text) {
  Position position;
  if (text.empty()) return position;
  std::size_t at = 0;
  const auto number = [&] {
    const auto end = text.find(' ', at);
    const std::uint64_t value = std::stoull(text.substr(at, end - at));
    at = end + 1;
    return value;
  };
  position.offset = number();
  position.index = number();
  position.done = number() != 0;
  position.key = text.substr(at);
  return position;
}

std::string ImportWork::print_position(const Position& position) {
  return fmt::format("{} {} {} {}", position.offset, position.index, position.done ? 1 : 0, position.key);
}

base::Task<TableResult<bool>> ImportWork::step() {
  if (!table_) {
    auto table = co_await world_.transfers.table_of(seen_);
    if (!table) co_return base::fail(std::move(table.error()));
    table_ = std::move(*table);
    records_.emplace(record_options(request_, *table_));
    auto grouped = co_await make_group();
    if (!grouped) co_return base::fail(std::move(grouped.error()));
  }
  if (!object_) co_return co_await open_next();
  co_return co_await read_piece();
}

base::Task<TableResult<bool>> ImportWork::open_next() {
  const S3BucketSource& source = request_.s3_bucket_source;
  if (position_.done) {
    if (waiting_.empty()) {
      object::ListRequest list;
      list.bucket = source.s3_bucket;
      list.prefix = source.s3_key_prefix.value_or("");
      list.after = position_.key;
      list.limit = kListedAtOnce;
      auto page = co_await world_.objects.list(std::move(list));
      if (!page) co_return co_await fail(std::move(page.error()));
      for (object::ObjectInfo& object : page->objects)
        waiting_.push_back(std::move(object.key));
    }
    if (waiting_.empty()) co_return co_await end();
    position_ = Position();
    position_.done = false;
    position_.key = std::move(waiting_.front());
    waiting_.pop_front();
  }
  auto object = co_await world_.objects.get(source.s3_bucket, position_.key);
  if (!object) co_return co_await fail(std::move(object.error()));
  object_ = std::move(*object);
  unpacker_ = base::Unpacker::make(packing_of(request_));
  records_->begin(position_.offset);
  noted_ = position_.offset;
  read_ = 0;
  abandoned_ = false;
  co_return false;
}

// Every object was read.
base::Task<TableResult<bool>> ImportWork::end() {
  if (position_.key.empty()) {
    object::ObjectError missing;
    missing.kind = object::ObjectErrorKind::kNoKey;
    co_return co_await fail(std::move(missing));
  }
  if (next_.errors == 0) co_return co_await finish(TransferStatus::kCompleted, {}, {});
  co_return co_await finish(TransferStatus::kFailed, "ItemValidationError",
                            "Some of the items failed validation checks and were not imported. Please "
                            "check CloudWatch error logs for more details.");
}

base::Task<TableResult<bool>> ImportWork::read_piece() {
  auto packed = co_await object_->read(read_, kPiece);
  if (!packed) co_return co_await fail(std::move(packed.error()));
  read_ += packed->size();
  const bool is_all = packed->empty();
  if (is_all) {
    if (!unpacker_->complete() && read_ > 0) {
      abandoned_ = true;
      count_error("The object is cut off: its compression has no end");
    }
    records_->end();
    if (!abandoned_) {
      auto taken = co_await take_records();
      if (!taken) co_return base::fail(std::move(taken.error()));
    }
  } else {
    auto added = co_await add_text(*packed);
    if (!added) co_return base::fail(std::move(added.error()));
  }
  const bool done = is_all || abandoned_;
  if (!done && records_->offset() < noted_ + options_.commit_bytes) co_return false;
  co_return co_await note(done);
}

base::Task<TableResult<void>> ImportWork::add_text(std::string_view packed) {
  std::string text;
  for (auto progress = base::Unpacker::Progress::kMore; progress == base::Unpacker::Progress::kMore;) {
    text.clear();
    progress = unpacker_->unpack(packed, text, kPiece);
    if (progress == base::Unpacker::Progress::kMalformed) {
      abandoned_ = true;
      count_error("The object is not compressed as InputCompressionType says");
    }
    records_->add(text);
    auto taken = co_await take_records();
    if (!taken) co_return base::fail(std::move(taken.error()));
    if (abandoned_) break;
  }
  co_return TableResult<void>();
}

base::Task<TableResult<void>> ImportWork::take_records() {
  while (auto record = records_->next()) {
    if (record->item) {
      take(std::move(*record->item));
    } else {
      count_error(record->item.error());
      abandoned_ = abandoned_ || record->hopeless;
    }
    if (batch_.size() < kBatchItems && batch_bytes_ < kBatchBytes) continue;
    auto put = co_await put_batch();
    if (!put) co_return base::fail(std::move(put.error()));
  }
  co_return TableResult<void>();
}

void ImportWork::take(table::Item item) {
  if (auto fits = table::check_item_size(item); !fits) return count_error(fits.error().message);
  table::ItemWrite write;
  write.item = &item;
  if (auto good = table::check_write(*table_, write); !good) return count_error(good.error().message);
  ++position_.index;
  ++next_.processed;
  ++next_.items;
  batch_bytes_ += table::item_size(item);
  batch_.push_back(std::move(item));
}

// As AWS tells of it in the log of the import.
void ImportWork::count_error(const std::string& message) {
  telemetry::LogEvent event;
  event.stream = next_.name.id + "/error";
  event.time = event.ingested = world_.clock.now();
  wire::append_json_string(event.message += R"({"itemS3Pointer":{"bucket":)",
                           request_.s3_bucket_source.s3_bucket);
  wire::append_json_string(event.message += R"(,"key":)", position_.key);
  event.message += R"(,"itemIndex":)" + std::to_string(position_.index) + R"(},"importArn":)";
  wire::append_json_string(event.message, table::transfer_arn(next_.name));
  wire::append_json_string(event.message += R"(,"errorMessages":[)", message);
  event.message += "]}";
  errors_.push_back(std::move(event));
  ++position_.index;
  ++next_.processed;
  ++next_.errors;
}

base::Task<TableResult<void>> ImportWork::put_batch() {
  if (!batch_.empty()) {
    auto put = co_await world_.transfers.put_items(table_, std::move(batch_));
    batch_.clear();
    batch_bytes_ = 0;
    if (!put) co_return base::fail(std::move(put.error()));
  }
  if (errors_.size() >= kBatchItems) co_return co_await write_errors();
  co_return TableResult<void>();
}

// Whoever is told of the log group finds it.
base::Task<TableResult<void>> ImportWork::make_group() {
  telemetry::GroupInfo info;
  info.key = group_;
  info.created = world_.clock.now();
  auto made = co_await world_.logs.create_group(std::move(info));
  if (!made) co_return base::fail(table::from_store(made.error()));
  co_return TableResult<void>();
}

base::Task<TableResult<void>> ImportWork::write_errors() {
  if (errors_.empty()) co_return TableResult<void>();
  auto grouped = co_await make_group();  // somebody may have removed it
  if (!grouped) co_return grouped;
  const std::string stream = errors_.front().stream;
  auto made = co_await world_.logs.create_stream(group_, stream);
  if (!made) co_return base::fail(table::from_store(made.error()));
  made = co_await world_.logs.put(group_, stream, std::move(errors_));
  errors_.clear();
  if (!made) co_return base::fail(table::from_store(made.error()));
  co_return TableResult<void>();
}

// Everything up to here is in the table and in the log: now it is written down.
base::Task<TableResult<bool>> ImportWork::note(bool object_done) {
  auto put = co_await put_batch();
  if (!put) co_return base::fail(std::move(put.error()));
  auto written = co_await write_errors();
  if (!written) co_return base::fail(std::move(written.error()));
  position_.done = object_done;
  position_.offset = std::max(records_->offset(), noted_);
  next_.bytes += static_cast<std::int64_t>(position_.offset - noted_);
  noted_ = position_.offset;
  next_.position = print_position(position_);
  auto advanced = co_await world_.transfers.advance(seen_, next_, std::nullopt);
  if (!advanced) co_return base::fail(std::move(advanced.error()));
  seen_ = next_;
  if (object_done) object_.reset();
  co_return !*advanced;
}

base::Task<TableResult<bool>> ImportWork::finish(TransferStatus status, std::string code,
                                                 std::string message) {
  next_.status = status;
  next_.ended = world_.clock.now();
  next_.failure_code = std::move(code);
  next_.failure_message = std::move(message);
  auto done = co_await world_.transfers.finish(seen_, next_);
  if (!done) co_return base::fail(std::move(done.error()));
  co_return true;
}

base::Task<TableResult<bool>> ImportWork::fail(object::ObjectError error) {
  TransferFailure failure = bucket_failure(error);
  co_return co_await finish(TransferStatus::kFailed, std::move(failure.code), std::move(failure.message));
}

}  // namespace millrace::dynamodb
