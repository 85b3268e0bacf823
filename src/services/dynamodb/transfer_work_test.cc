// Exports and imports from the request to the objects and back, with restarts in between.
#include "services/dynamodb/transfer_work.h"

#include <map>
#include <random>
#include <sstream>
#include <zstd.h>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/gzip.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"
#include "services/dynamodb/handlers.h"
#include "shapes/dynamodb/describe_export.h"
#include "shapes/dynamodb/describe_import.h"
#include "shapes/dynamodb/export_table_to_point_in_time.h"
#include "shapes/dynamodb/import_table.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/temp_folder_testing.h"

namespace millrace::dynamodb {
namespace {

using store::run;
using Model = std::map<std::string, std::string>;  // primary key bytes to stored item

class TestClock final : public base::Clock {
 public:
  base::WallTime now() const override { return now_; }
  base::SteadyTime steady_now() const override { return {}; }
  base::Task<> sleep_until(base::SteadyTime) override { co_return; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  base::WallTime now_{std::chrono::seconds(1'800'000'000)};
};

class TransferWorkTest : public testing::Test {
 protected:
  TransferWorkTest() { EXPECT_TRUE(run(objects_.create_bucket("bucket"))); }

  wire::RequestContext context() {
    wire::RequestContext made;
    made.principal.account = "000000000000";
    made.region = "us-east-1";
    made.now = clock_.now();
    return made;
  }
  table::DefinitionPtr create(std::string name) {
    table::TableDefinition made;
    made.name = {"000000000000", "us-east-1", std::move(name)};
    made.uuid = "3d4e";
    made.keys = {{"pk", table::KeyType::kString}, table::KeyAttribute{"sk", table::KeyType::kNumber}};
    made.recovery = {true, clock_.now(), 35};
    return *run(tables_.definitions().create(std::move(made), {}));
  }
  void put(const table::DefinitionPtr& table, const std::string& json) {
    const table::Item item = table::item_from_json(json);
    table::ItemWrite write;
    write.item = &item;
    ASSERT_TRUE(run(tables_.items().write(table, write)));
  }
  void remove(const table::DefinitionPtr& table, const std::string& json) {
    const table::Item key = table::item_from_json(json);
    table::ItemWrite write;
    write.kind = table::WriteKind::kDelete;
    write.item = &key;
    ASSERT_TRUE(run(tables_.items().write(table, write)));
  }
  void fill(const table::DefinitionPtr& table, int count) {
    for (int i = 0; i < count; ++i)
      put(table,
          R"({"pk":{"S":"p)" + std::to_string(i % 17) + R"("},"sk":{"N":")" + std::to_string(i) +
              R"("},"b":{"B":"AAEC"},"bool":{"BOOL":true},"null":{"NULL":true},"ss":{"SS":["a","é"]},)"
              R"("ns":{"NS":["1","-2.5"]},"bs":{"BS":["AA=="]},"l":{"L":[{"S":"\"x\n"},{"N":"1E-130"}]},)"
              R"("m":{"M":{"in ner":{"S":""}}},"n":{"N":"12345678901234567890123456789012345678"}})");
  }
  Model contents(const std::string& name) {
    Model found;
    auto table = run(tables_.definitions().find({"000000000000", "us-east-1", name}));
    if (table) table = run(tables_.definitions().refresh(*table));
    EXPECT_TRUE(table) << name;
    if (!table) return found;
    EXPECT_FALSE((*table)->creating);
    table::Transfer reader;
    reader.table = (*table)->id;
    reader.as_of = ~table::Stamp{0} - 1;
    for (bool last = false; !last;) {
      auto page = run(tables_.transfers().read_items(reader));
      for (auto& [key, stored] : page->items)
        found.emplace(key, stored);
      reader.position = page->next;
      last = page->last;
    }
    return found;
  }

  // Works until nothing is under way. `restart`: as if the server were killed after each round.
  void work(bool restart = false) {
    std::unique_ptr<TransferWork> work;
    for (int rounds = 0; rounds < 10000; ++rounds) {
      if (!work || (restart && dice_() % 3 == 0))
        work = std::make_unique<TransferWork>(TransferWork::World{tables_, objects_, logs_, clock_},
                                              ExportOptions{20'000}, ImportOptions{3'000});
      auto idle = run(work->round());
      ASSERT_TRUE(idle);
      if (*idle) return;
    }
    FAIL() << "no end";
  }

  using Exported = base::Result<ExportDescription, wire::ServiceError>;
  Exported begin_export(ExportTableToPointInTimeInput input) {
    input.s3_bucket = input.s3_bucket.empty() ? "bucket" : input.s3_bucket;
    const auto asked = context();
    auto answer = run(export_table_to_point_in_time(service_, asked, std::move(input)));
    if (!answer) return base::fail(answer.error());
    return *answer->export_description;
  }
  static ExportTableToPointInTimeInput export_of(const std::string& table,
                                                 std::string format = "DYNAMODB_JSON") {
    ExportTableToPointInTimeInput input;
    input.table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/" + table;
    input.export_format = std::move(format);
    input.s3_prefix = "nightly";
    return input;
  }
  ExportDescription described(const ExportDescription& begun) {
    DescribeExportInput input;
    input.export_arn = *begun.export_arn;
    const auto asked = context();
    auto answer = run(describe_export(service_, asked, std::move(input)));
    EXPECT_TRUE(answer);
    return *answer->export_description;
  }

  static ImportTableInput import_of(std::string table, std::string prefix, std::string format) {
    ImportTableInput input;
    input.s3_bucket_source.s3_bucket = "bucket";
    input.s3_bucket_source.s3_key_prefix = std::move(prefix);
    input.input_format = std::move(format);
    TableCreationParameters& made = input.table_creation_parameters;
    made.table_name = std::move(table);
    for (const char* name : {"pk", "sk"}) {
      AttributeDefinition& attribute = made.attribute_definitions.emplace_back();
      attribute.attribute_name = name;
      attribute.attribute_type = name[0] == 'p' ? "S" : "N";
      KeySchemaElement& key = made.key_schema.emplace_back();
      key.attribute_name = name;
      key.key_type = name[0] == 'p' ? "HASH" : "RANGE";
    }
    made.billing_mode = "PAY_PER_REQUEST";
    return input;
  }
  base::Result<ImportTableDescription, wire::ServiceError> begin_import(ImportTableInput input) {
    const auto asked = context();
    auto answer = run(import_table(service_, asked, std::move(input)));
    if (!answer) return base::fail(answer.error());
    return answer->import_table_description;
  }
  ImportTableDescription imported(ImportTableInput input, bool restart = false) {
    auto begun = begin_import(std::move(input));
    EXPECT_TRUE(begun) << begun.error().message;
    work(restart);
    DescribeImportInput asking;
    asking.import_arn = *begun->import_arn;
    const auto asked = context();
    auto answer = run(describe_import(service_, asked, std::move(asking)));
    EXPECT_TRUE(answer);
    return answer->import_table_description;
  }

  void drop(const std::string& key, std::string bytes) {
    std::string name = key;
    object::ObjectAttributes attributes;
    ASSERT_TRUE(run(objects_.put_whole("bucket", std::move(name), std::move(bytes), std::move(attributes))));
  }
  std::string read(const std::string& key) {
    auto reader = run(objects_.get("bucket", key));
    EXPECT_TRUE(reader) << key;
    return reader ? *run((*reader)->read(0, 10 << 20)) : "";
  }
  std::vector<std::string> lines_of_data(const std::string& prefix) {
    std::vector<std::string> lines;
    auto page = run(objects_.list({"bucket", prefix, "", 1000}));
    for (const object::ObjectInfo& file : page->objects) {
      std::istringstream text(*base::gunzip(read(file.key), 10 << 20));
      for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  }
  std::vector<std::string> logged(const ImportTableDescription& import) {
    telemetry::LogQuery query;
    query.group = {"000000000000", "us-east-1", "/aws-dynamodb/imports"};
    query.stream = import.import_arn->substr(import.import_arn->rfind('/') + 1) + "/error";
    std::vector<std::string> messages;
    const auto events = run(logs_.query(std::move(query)));
    for (const telemetry::LogEvent& event : *events)
      messages.push_back(event.message);
    return messages;
  }

  TestClock clock_;
  store::TempFolder folder_;
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(3);
  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  table::Tables tables_{*store_, clock_};
  telemetry::LogStore logs_{*store_, clock_};
  object::Objects objects_{folder_.path(), *store_, clock_, store::Durability::kOs};
  DynamoDb service_{tables_, clock_, *random_};
  std::mt19937 dice_{4};
};

TEST_F(TransferWorkTest, WhatIsExportedCanBeImportedInEveryFormatHoweverOftenTheServerDies) {
  const table::DefinitionPtr table = create("source");
  fill(table, 400);
  const Model then = contents("source");
  for (const std::string format : {"DYNAMODB_JSON", "ION"}) {
    auto begun = begin_export(export_of("source", format));
    ASSERT_TRUE(begun) << begun.error().message;
    EXPECT_EQ(begun->export_status, "IN_PROGRESS");
    EXPECT_FALSE(begun->item_count);
    const std::string id = begun->export_arn->substr(begun->export_arn->rfind('/') + 1);
    work(true);
    const ExportDescription done = described(*begun);
    EXPECT_EQ(done.export_status, "COMPLETED");
    EXPECT_EQ(done.item_count, 400);
    EXPECT_GT(*done.billed_size_bytes, 400 * 50);
    const std::string root = "nightly/AWSDynamoDB/" + id + "/";
    EXPECT_EQ(done.export_manifest, root + "manifest-summary.json");

    std::vector<std::string> names;
    const auto all = run(objects_.list({"bucket", root, "", 1000}));
    for (const object::ObjectInfo& object : all->objects)
      if (!object.key.starts_with(root + "data/")) names.push_back(object.key.substr(root.size()));
    EXPECT_EQ(names, (std::vector<std::string>{"_started", "manifest-files.json", "manifest-files.md5",
                                               "manifest-summary.json", "manifest-summary.md5"}));
    EXPECT_EQ(read(root + "manifest-files.md5"),
              base::base64_encode(base::md5(read(root + "manifest-files.json"))));
    EXPECT_NE(
        read(root + "manifest-summary.json").find("\"itemCount\":400,\"outputFormat\":\"" + format + "\""),
        std::string::npos);
    // Every data file is in the manifest, with its checksum.
    const auto files = run(objects_.list({"bucket", root + "data/", "", 1000}))->objects;
    EXPECT_GT(files.size(), 3u);
    for (const object::ObjectInfo& file : files)
      EXPECT_NE(read(root + "manifest-files.json")
                    .find("\"etag\":\"" + file.etag + "\",\"dataFileS3Key\":\"" + file.key),
                std::string::npos);

    ImportTableInput input = import_of("copy-" + format, root + "data/", format);
    input.input_compression_type = "GZIP";
    const ImportTableDescription import = imported(std::move(input), true);
    EXPECT_EQ(import.import_status, "COMPLETED");
    EXPECT_EQ(import.imported_item_count, 400);
    EXPECT_EQ(import.processed_item_count, 400);
    EXPECT_EQ(import.error_count, 0);
    EXPECT_EQ(contents("copy-" + format), then);
    EXPECT_TRUE(logged(import).empty());
  }
}

TEST_F(TransferWorkTest, AnIncrementalExportTellsWhatBecameOfEachItem) {
  const table::DefinitionPtr table = create("tab");
  const auto key = [](int n) { return R"({"pk":{"S":"a"},"sk":{"N":")" + std::to_string(n) + R"("})"; };
  for (const int n : {1, 2, 3})
    put(table, key(n) + R"(,"v":{"S":"old"}})");
  clock_.advance(std::chrono::minutes(20));
  ExportTableToPointInTimeInput input = export_of("tab");
  input.export_type = "INCREMENTAL_EXPORT";
  input.incremental_export_specification.emplace().export_from_time = clock_.now();
  clock_.advance(std::chrono::minutes(1));
  put(table, key(1) + R"(,"v":{"S":"between"}})");
  put(table, key(1) + R"(,"v":{"S":"new"}})");
  remove(table, key(2) + "}");
  put(table, key(4) + "}");
  put(table, key(5) + "}");
  remove(table, key(5) + "}");
  clock_.advance(std::chrono::minutes(20));
  input.incremental_export_specification->export_to_time = clock_.now();
  put(table, key(3) + R"(,"v":{"S":"too late"}})");
  clock_.advance(std::chrono::minutes(1));

  for (const std::string view : {"NEW_AND_OLD_IMAGES", "NEW_IMAGE"}) {
    for (const std::string format : {"DYNAMODB_JSON", "ION"}) {
      input.export_format = format;
      input.s3_prefix = view + "/" + format;
      input.incremental_export_specification->export_view_type = view;
      auto begun = begin_export(input);
      ASSERT_TRUE(begun) << begun.error().message;
      work();
      EXPECT_EQ(described(*begun).item_count, 3);
      EXPECT_EQ(described(*begun).incremental_export_specification->export_view_type, view);
    }
  }
  const auto stamp = [](const std::string& line) {
    const auto at = line.find("{\"N\":\"") + 6;
    return line.substr(at, line.find('"', at) - at);
  };
  auto lines = lines_of_data("NEW_AND_OLD_IMAGES/DYNAMODB_JSON/AWSDynamoDB/data/");
  ASSERT_EQ(lines.size(), 3u);
  for (std::string& line : lines) {
    const std::string micros = stamp(line);
    EXPECT_EQ(micros.size(), 16u);
    line.replace(line.find(micros), micros.size(), "T");
  }
  std::ranges::sort(lines);
  const std::string meta = R"({"Metadata":{"WriteTimestampMicros":{"N":"T"}},"Keys":)";
  EXPECT_EQ(lines[0], meta + key(1) + R"(},"OldImage":)" + key(1) + R"(,"v":{"S":"old"}},"NewImage":)" +
                          key(1) + R"(,"v":{"S":"new"}}})");
  EXPECT_EQ(lines[1], meta + key(2) + R"(},"OldImage":)" + key(2) + R"(,"v":{"S":"old"}}})");
  EXPECT_EQ(lines[2], meta + key(4) + R"(},"NewImage":)" + key(4) + "}}");
  lines = lines_of_data("NEW_IMAGE/ION/AWSDynamoDB/data/");
  ASSERT_EQ(lines.size(), 3u);
  int deletes = 0;
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.starts_with("$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:")) << line;
    EXPECT_EQ(line.find("OldImage"), std::string::npos);
    deletes += line.ends_with("Keys:{pk:\"a\",sk:2.}}}");
  }
  EXPECT_EQ(deletes, 1);
}

TEST_F(TransferWorkTest, BadRowsAreCountedLoggedAndPassedOver) {
  ImportTableInput input = import_of("people", "csv/", "CSV");
  AttributeDefinition& color = input.table_creation_parameters.attribute_definitions.emplace_back();
  color.attribute_name = "color";
  color.attribute_type = "S";
  GlobalSecondaryIndex& index =
      input.table_creation_parameters.global_secondary_indexes.emplace().emplace_back();
  index.index_name = "by-color";
  index.key_schema.emplace_back();
  index.key_schema[0].attribute_name = "color";
  index.key_schema[0].key_type = "HASH";
  index.projection.projection_type = "ALL";
  drop("csv/1.csv",
       "pk,sk,name,color\r\na,1,Ann,red\nb,x,Bob,red\n,3,Cid,red\nc,4,\"D, d\",\nd,5\ne,6,\"E\"\"e\",blue\n");
  drop("csv/2.csv", "\xef\xbb\xbfsk,pk\n7,f\n7,f\n");
  drop("csv/3.csv", "name\nnobody\n");
  const ImportTableDescription import = imported(std::move(input), true);
  EXPECT_EQ(import.import_status, "FAILED");
  EXPECT_EQ(import.failure_code, "ItemValidationError");
  EXPECT_EQ(import.processed_item_count, 9);
  EXPECT_EQ(import.imported_item_count, 5);
  EXPECT_EQ(import.error_count, 4);
  EXPECT_EQ(import.processed_size_bytes, 85 + 17 + 12);
  EXPECT_EQ(import.cloud_watch_log_group_arn,
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws-dynamodb/imports:*");
  const Model made = contents("people");
  ASSERT_EQ(made.size(), 4u);
  std::vector<std::string> items;
  for (const auto& [key, stored] : made)
    items.emplace_back(table::stored_json(stored));
  std::ranges::sort(items);
  EXPECT_EQ(items[1], R"({"pk":{"S":"c"},"sk":{"N":"4"},"name":{"S":"D, d"}})");
  auto errors = logged(import);
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(
      errors[3],
      R"({"itemS3Pointer":{"bucket":"bucket","key":"csv/3.csv","itemIndex":0},"importArn":")" +
          *import.import_arn +
          R"(","errorMessages":["One or more parameter values were invalid: Missing the key pk in the item"]})");
  EXPECT_NE(errors[0].find("\"itemIndex\":1}"), std::string::npos);
  EXPECT_NE(errors[2].find("The record has 2 values and the header 4 columns"), std::string::npos);
}

TEST_F(TransferWorkTest, HeadersDelimitersAndCompressionsAreAsTheRequestSays) {
  const std::string text = "a;1;x,y\nb;2;z\n";
  std::string zstd(ZSTD_compressBound(text.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), text.data(), text.size(), 3));
  drop("in/zstd/1", zstd);
  drop("in/gzip/1", base::gzip(text));
  for (const std::string compression : {"ZSTD", "GZIP"}) {
    ImportTableInput input =
        import_of("t" + compression, compression == "ZSTD" ? "in/zstd" : "in/gzip", "CSV");
    input.input_compression_type = compression;
    CsvOptions& csv = input.input_format_options.emplace().csv.emplace();
    csv.delimiter = ";";
    csv.header_list = {"pk", "sk", "v"};
    const ImportTableDescription import = imported(std::move(input));
    EXPECT_EQ(import.import_status, "COMPLETED");
    EXPECT_EQ(import.imported_item_count, 2);
    EXPECT_EQ(import.processed_size_bytes, static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(table::stored_json(contents("t" + compression).begin()->second).find("\"v\":{\"S\":") !=
                  std::string::npos,
              true);
  }
}

TEST_F(TransferWorkTest, WhatCannotBeReadEndsTheImportWithAReason) {
  drop("bad/1", "not gzip");
  drop("bad/2", base::gzip(R"({"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}})"));
  drop("bad/3", base::gzip(std::string(50'000, 'x')).substr(0, 60));
  ImportTableInput input = import_of("bad", "bad/", "DYNAMODB_JSON");
  input.input_compression_type = "GZIP";
  ImportTableDescription import = imported(std::move(input));
  EXPECT_EQ(import.failure_code, "ItemValidationError");
  EXPECT_EQ(import.imported_item_count, 1);
  EXPECT_EQ(import.error_count, 2);
  EXPECT_EQ(contents("bad").size(), 1u);

  import = imported(import_of("none", "nothing/", "ION"));
  EXPECT_EQ(import.import_status, "FAILED");
  EXPECT_EQ(import.failure_code, "S3NoSuchKey");
  input = import_of("none", "x", "ION");
  input.s3_bucket_source.s3_bucket = "BUCKET_DOES_NOT_EXIST";
  import = imported(std::move(input));
  EXPECT_EQ(import.failure_code, "S3NoSuchBucket");
  EXPECT_FALSE(run(tables_.definitions().find({"000000000000", "us-east-1", "none"})));
}

TEST_F(TransferWorkTest, RequestsAreCheckedAsOnAws) {
  create("tab");
  table::TableDefinition plain;
  plain.name = {"000000000000", "us-east-1", "plain"};
  plain.keys = {{"pk", table::KeyType::kString}, std::nullopt};
  ASSERT_TRUE(run(tables_.definitions().create(std::move(plain), {})));
  clock_.advance(std::chrono::hours(30));
  const auto code = [&](const ExportTableToPointInTimeInput& input) {
    auto begun = begin_export(input);
    return begun ? std::string("none") : begun.error().code;
  };
  EXPECT_EQ(code(export_of("nobody")), "TableNotFoundException");
  EXPECT_EQ(code(export_of("plain")), "PointInTimeRecoveryUnavailableException");
  ExportTableToPointInTimeInput input = export_of("tab");
  input.export_time = clock_.now() + std::chrono::hours(1);
  EXPECT_EQ(code(input), "InvalidExportTimeException");
  input.export_time = clock_.now() - std::chrono::hours(31);
  EXPECT_EQ(code(input), "InvalidExportTimeException");
  input.export_time = clock_.now() - std::chrono::hours(1);
  input.client_token = "once";
  auto first = begin_export(input);
  ASSERT_TRUE(first);
  EXPECT_EQ(begin_export(input)->export_arn, first->export_arn);
  input.s3_prefix = "elsewhere";
  EXPECT_EQ(code(input), "ExportConflictException");
  input = export_of("tab");
  input.export_type = "INCREMENTAL_EXPORT";
  EXPECT_EQ(code(input), "ValidationException");
  for (const auto hours : {std::chrono::minutes(10), std::chrono::minutes(25 * 60)}) {
    input.incremental_export_specification.emplace().export_from_time = clock_.now() - hours;
    EXPECT_EQ(code(input), "InvalidExportTimeException");
  }
  input = export_of("tab");
  input.s3_bucket = "no-such-bucket";
  auto begun = begin_export(input);
  ASSERT_TRUE(begun);
  work();
  EXPECT_EQ(described(*begun).export_status, "FAILED");
  EXPECT_EQ(described(*begun).failure_code, "S3NoSuchBucket");
  EXPECT_EQ(described(*first).export_status, "COMPLETED");
  EXPECT_EQ(described(*first).item_count, 0);

  ImportTableInput import = import_of("tab", "x", "CSV");
  EXPECT_EQ(begin_import(import).error().code, "ResourceInUseException");
  import = import_of("new", "x", "CSV");
  import.client_token = "once";  // exports have tokens of their own
  auto importing = begin_import(import);
  ASSERT_TRUE(importing);
  EXPECT_EQ(begin_import(import)->import_arn, importing->import_arn);
  import.input_format = "ION";
  EXPECT_EQ(begin_import(import).error().code, "ImportConflictException");
  import.client_token.reset();
  import.input_format_options.emplace().csv.emplace();
  EXPECT_EQ(begin_import(import).error().code, "ValidationException");
  DescribeImportInput missing;
  missing.import_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/import/0";
  const auto asked = context();
  EXPECT_EQ(run(describe_import(service_, asked, std::move(missing))).error().code,
            "ImportNotFoundException");
}

}  // namespace
}  // namespace millrace::dynamodb
