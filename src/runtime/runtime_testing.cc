#include "runtime/runtime_testing.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <zip.h>

#include <gtest/gtest.h>

namespace millrace::runtime::testing {

namespace asio = boost::asio;
namespace fs = std::filesystem;

std::string make_zip(const std::vector<ZipEntry>& entries) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* out = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(out);
  zip_t* archive = zip_open_from_source(out, ZIP_TRUNCATE, &error);
  if (archive == nullptr) throw std::runtime_error(zip_error_strerror(&error));
  for (const ZipEntry& entry : entries) {
    zip_source_t* content = zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, entry.name.c_str(), content, ZIP_FL_ENC_UTF_8);
    if (index < 0) throw std::runtime_error(zip_strerror(archive));
    zip_file_set_external_attributes(archive, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                     entry.unix_mode << 16);
  }
  if (zip_close(archive) != 0) throw std::runtime_error("zip_close");
  zip_source_open(out);
  zip_source_seek(out, 0, SEEK_END);
  std::string bytes(static_cast<std::size_t>(zip_source_tell(out)), '\0');
  zip_source_seek(out, 0, SEEK_SET);
  zip_source_read(out, bytes.data(), bytes.size());
  zip_source_close(out);
  zip_source_free(out);
  return bytes;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "millrace-runtime-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  ::chmod(name.c_str(), 0755);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string project_folder() {
  for (fs::path at = fs::canonical("/proc/self/exe").parent_path(); at != at.root_path();
       at = at.parent_path()) {
    if (fs::exists(at / "runtimes/node/bootstrap.js")) return at.string();
  }
  throw std::runtime_error("runtimes/node is in no folder above the test program");
}

base::Task<bool> RecordingSink::begin(std::string_view content_type, bool streamed) {
  reply_.content_type = content_type;
  reply_.streamed = streamed;
  co_return true;
}

base::Task<bool> RecordingSink::write(std::string_view bytes) {
  reply_.body.append(bytes);
  co_return true;
}

TestRuntime::TestRuntime(std::function<void(RuntimeOptions&)> adjust) {
  auto spawner = Spawner::start();
  if (!spawner) throw std::runtime_error(spawner.error());
  spawner_ = std::move(*spawner);
  clock_ = base::make_system_clock();
  random_ = base::make_system_random();

  RuntimeOptions options;
  options.node_runtime = project_folder() + "/runtimes/node";
  options.python_runtime = project_folder() + "/runtimes/python";
  options.prestarted = 0;
  options.endpoint = "http://127.0.0.1:9";
  if (adjust) adjust(options);
  code_ = std::make_unique<CodeStore>(folder_.path() + "/code", options.node_sdk_v2, options.node_sdk_v3);

  RuntimeWorld world;
  world.threads = {&contexts_[0], &contexts_[1]};
  world.spawner = spawner_.get();
  world.code = code_.get();
  world.clock = clock_.get();
  world.random = random_.get();
  world.metrics = &metrics_;
  world.logs = [this](LogEvent event) {
    const std::lock_guard lock(mutex_);
    logs_.push_back(std::move(event));
    logged_.notify_all();
  };
  world.credentials = [](const FunctionSpec&) { return Credentials{"ASIATEST", "secret", "token"}; };
  runtime_ = make_runtime(std::move(options), std::move(world));
  for (asio::io_context& context : contexts_) {
    guards_.emplace_back(asio::make_work_guard(context));
    threads_.emplace_back([&context] { context.run(); });
  }
}

TestRuntime::~TestRuntime() {
  asio::co_spawn(contexts_[0], runtime_->stop(std::chrono::milliseconds(0)), asio::use_future).get();
  for (asio::io_context& context : contexts_)
    context.stop();
  for (std::thread& thread : threads_)
    thread.join();
  runtime_.reset();
}

FunctionPtr TestRuntime::function(const std::vector<ZipEntry>& files,
                                  const std::function<void(FunctionSpec&)>& adjust) {
  auto spec = std::make_shared<FunctionSpec>();
  spec->name = "test";
  spec->region = "us-east-1";
  spec->account = "000000000000";
  spec->arn = "arn:aws:lambda:us-east-1:000000000000:function:test";
  spec->runtime_id = "nodejs20.x";
  spec->handler = "index.handler";
  spec->revision = std::to_string(++revision_);
  spec->log_group = "/aws/lambda/test";
  if (adjust) adjust(*spec);
  auto stored = wait(code_->put(make_zip(files), layout_of(*spec)));
  if (!stored) throw std::runtime_error(stored.error().message);
  spec->code_sha256 = stored->sha256_hex;
  return spec;
}

FunctionPtr TestRuntime::js(const std::string& text, const std::function<void(FunctionSpec&)>& adjust) {
  return function({{"index.js", text}}, adjust);
}

Invocation TestRuntime::invocation(FunctionPtr function, std::string payload) {
  Invocation invocation;
  invocation.function = std::move(function);
  invocation.request_id = base::make_uuid(*random_);
  invocation.payload = std::move(payload);
  return invocation;
}

Reply TestRuntime::invoke(FunctionPtr function, std::string payload) {
  return invoke(invocation(std::move(function), std::move(payload)));
}

Reply TestRuntime::invoke(Invocation invocation) {
  Reply reply;
  RecordingSink sink(reply);
  reply.outcome = wait(runtime_->invoke(std::move(invocation), sink));
  return reply;
}

std::vector<LogEvent> TestRuntime::logs() {
  const std::lock_guard lock(mutex_);
  return logs_;
}

std::string TestRuntime::log_text() {
  std::string text;
  for (const LogEvent& event : logs())
    text += event.message + "\n";
  return text;
}

void TestRuntime::wait_for_log(const std::string& text) {
  std::unique_lock lock(mutex_);
  const auto found = [&] {
    return std::any_of(logs_.begin(), logs_.end(),
                       [&](const LogEvent& e) { return e.message.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(logged_.wait_for(lock, std::chrono::seconds(20), found)) << "never logged: " << text;
}

}  // namespace millrace::runtime::testing
