// LogPump: what one sandbox prints, as log events in order. Two pipes: telemetry frames (console.*, whole multi-line events) and
// raw lines (stdout and stderr together); one more of raw lines for each extension. Reads as data comes on its home thread; drain() lets another thread take what is there
// now, so that START, a function's lines, END and REPORT keep their order. Shared; outlives the sandbox until its pipes are empty.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/clock.h"
#include "runtime/invoker.h"
#include "runtime/telemetry.h"

namespace millrace::runtime {

class LogPump : public std::enable_shared_from_this<LogPump> {
 public:
  static constexpr std::size_t kTail = 4096;

  // Takes both descriptors (read ends, non-blocking).
  LogPump(boost::asio::io_context& home, int telemetry, int raw, LogSink sink, base::Clock& clock);
  void start();
  void close();  // stops reading; what is in the pipes is taken first

  // Until assign() says whose sandbox it is, events wait.
  void assign(FunctionPtr function, std::string log_stream);
  // Events carry this request from now on; with `tail`, the last 4 KB since now are kept for take_tail().
  void begin_request(std::string request_id, bool tail);
  void set_request(std::string request_id);  // from here on; the tail goes on
  void end_request();
  // Takes what the pipes hold now.
  void drain();
  // A line of the platform itself, after all that was drained.
  void emit(std::string message);
  std::string take_tail();
  // What an extension is to print to; the caller's to close. -1 with errno.
  int open_extension_end();
  // Gets every line that function and extensions print from now on.
  void observe(std::shared_ptr<Telemetry> telemetry);

 private:
  struct Pipe {
    Pipe(boost::asio::io_context& home, int fd, TelemetryKind whose) : descriptor(home, fd), kind(whose) {}
    boost::asio::posix::stream_descriptor descriptor;
    TelemetryKind kind;
    std::string pending;
    bool open = true;
  };
  void wait(Pipe& pipe);
  void drain_locked();
  bool read_locked(Pipe& pipe, std::size_t& budget);
  void take_frames_locked();
  void take_lines_locked(Pipe& pipe, bool flush);
  void take_all_lines_locked();
  void print_locked(TelemetryKind kind, base::WallTime time, std::string message);
  void emit_locked(base::WallTime time, std::string message);

  boost::asio::io_context& home_;
  LogSink sink_;
  base::Clock& clock_;
  std::mutex mutex_;  // everything below; the sink is called with it held, which keeps the order
  Pipe telemetry_;
  Pipe raw_;
  std::vector<std::unique_ptr<Pipe>> beside_;  // of extensions
  std::shared_ptr<Telemetry> observer_;
  FunctionPtr function_;
  std::string log_stream_;
  std::string request_id_;
  bool keep_tail_ = false;
  std::string tail_;
  bool closed_ = false;
};

}  // namespace millrace::runtime
