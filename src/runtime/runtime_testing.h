// What tests need to run real functions: zips made in memory, a runtime on two threads, the log as text.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "base/metrics.h"
#include "runtime/runtime.h"

namespace millrace::runtime::testing {

struct ZipEntry {
  std::string name;
  std::string content;
  std::uint32_t unix_mode = 0100644;
};
std::string make_zip(const std::vector<ZipEntry>& entries);

// A new folder, readable by all, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The project's own folder, found from where the test program stands.
std::string project_folder();

struct Reply {
  InvokeOutcome outcome;
  std::string body;
  std::string content_type;
  bool streamed = false;
};

// Collects everything.
class RecordingSink : public ResponseSink {
 public:
  explicit RecordingSink(Reply& reply) : reply_(reply) {}
  base::Task<bool> begin(std::string_view content_type, bool streamed) override;
  base::Task<bool> write(std::string_view bytes) override;

 private:
  Reply& reply_;
};

class TestRuntime {
 public:
  explicit TestRuntime(std::function<void(RuntimeOptions&)> adjust = {});
  ~TestRuntime();

  // Stores the files and describes a function "test" of runtime nodejs20.x with handler index.handler.
  FunctionPtr function(const std::vector<ZipEntry>& files,
                       const std::function<void(FunctionSpec&)>& adjust = {});
  // index.js with this text
  FunctionPtr js(const std::string& text, const std::function<void(FunctionSpec&)>& adjust = {});
  Invocation invocation(FunctionPtr function, std::string payload = "{}");
  Reply invoke(FunctionPtr function, std::string payload = "{}");
  Reply invoke(Invocation invocation);
  base::Task<InvokeOutcome> start(Invocation invocation, ResponseSink& sink) {
    return runtime_->invoke(std::move(invocation), sink);
  }

  template <class T>
  T wait(base::Task<T> task) {
    return boost::asio::co_spawn(contexts_[0], std::move(task), boost::asio::use_future).get();
  }
  boost::asio::io_context& context(std::size_t i) { return contexts_[i]; }
  Runtime& runtime() { return *runtime_; }
  CodeStore& code() { return *code_; }
  base::Registry& metrics() { return metrics_; }

  std::vector<LogEvent> logs();
  // All messages, one per line.
  std::string log_text();
  // Returns once a message that contains `text` was logged; fails the test after 20 s.
  void wait_for_log(const std::string& text);

 private:
  std::unique_ptr<Spawner> spawner_;  // first: it forks before there are threads
  TemporaryFolder folder_;
  std::unique_ptr<base::Clock> clock_;
  std::unique_ptr<base::Random> random_;
  base::Registry metrics_;
  boost::asio::io_context contexts_[2];  // after what the tasks that end with them still count and look at
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::unique_ptr<CodeStore> code_;
  std::unique_ptr<Runtime> runtime_;
  std::vector<std::thread> threads_;
  int revision_ = 0;

  std::mutex mutex_;
  std::condition_variable logged_;
  std::vector<LogEvent> logs_;
};

}  // namespace millrace::runtime::testing
