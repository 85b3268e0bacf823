// A Runtime API for the library's own tests: gives out the events it was handed, one after the other, and keeps what came back, chunk
// by chunk. When there are no more events it closes, which ends the function's main loop.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::function::harness {

struct Received {
  std::string path;  // below /2018-06-01/runtime/
  std::map<std::string, std::string> headers;
  std::string body;
  std::vector<std::string> chunks;              // of a chunked one
  std::map<std::string, std::string> trailers;  // names as they came
};

class FakeRuntimeApi {
 public:
  explicit FakeRuntimeApi(std::vector<std::string> events);
  ~FakeRuntimeApi();

  std::string address() const { return address_; }
  // Headers of the events beside the usual ones, and what is answered to posts.
  std::vector<std::pair<std::string, std::string>> event_headers;
  int post_status = 202;
  std::size_t hang_up_after_chunks = 0;  // closes in the middle of a streamed answer; 0: never
  bool close_between = false;            // closes the connection after every answer, as it may

  // Waits until that many chunks have come, of all answers together. False after ten seconds.
  bool wait_for_chunks(std::size_t count);
  std::vector<Received> received();

 private:
  void serve();
  bool serve_connection(int fd);
  bool give_event(int fd);
  bool take_chunks(int fd, std::string& buffer, Received& request);

  std::string address_;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::string> events_;
  std::vector<Received> received_;
  std::size_t chunks_ = 0;
  std::thread thread_;
};

}  // namespace millrace::function::harness
