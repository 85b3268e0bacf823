// One accepted connection and, while a request is served, its Exchange. Inside net only.
//
// Life: the server makes it on its thread's executor and spawns run(), which reads heads, calls the handler and goes on
// until either side closes. Everything happens on that one thread. The thread's list (ThreadState) sees it for the sweep and for
// draining; it leaves the list when destroyed.
//
// Reading: at most one read is under way at any time. Usually run() or a body read awaits it; while a handler waits for
// wait_closed(), a watch reads ahead into the input buffer, as pipelined bytes hide the end of the stream from any other test.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <sys/uio.h>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "net/http.h"
#include "net/http_format.h"
#include "net/http_parser.h"
#include "net/input_buffer.h"
#include "net/server.h"

namespace millrace::net {

// Typed executors: Asio inlines them, where any_io_executor costs indirect calls on every operation.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
using SweepTime = std::chrono::steady_clock::time_point;

class Connection;

struct ServerMetrics {
  explicit ServerMetrics(base::Registry& registry);
  base::Gauge& open;
  base::Counter& accepted;
  base::Counter& requests;
  base::Counter& rejected_limit;
  base::Counter& rejected_malformed;
  base::Counter& timeouts;
};

// What one thread of the server knows. Used on that thread only, `open` excepted.
struct ThreadState {
  explicit ThreadState(boost::asio::io_context& io) : context(io) {}
  std::string_view date();  // the Date field, formatted once a second

  boost::asio::io_context& context;
  std::list<Connection*> connections;
  std::atomic<std::size_t> open{0};  // including those on their way to this thread
  SweepTime now{};                   // of the last sweep
  Timer* sweep_timer = nullptr;      // owned by its pending wait; null when no sweep is due
  bool draining = false;

 private:
  std::int64_t date_second_ = -1;
  std::string date_text_;
};

// Shared by the server and every connection, so that either may go first.
struct ServerCore {
  ServerCore(Handler h, const ServerLimits& l, base::Registry& registry)
      : handler(std::move(h)), limits(l), metrics(registry) {}
  Handler handler;
  ServerLimits limits;
  ServerMetrics metrics;
  std::vector<std::unique_ptr<ThreadState>> threads;
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> turned_away{0};  // of them, those that only wait to have read their 503
  std::function<void()> on_empty;  // set once, before `draining`; called when `open` falls to 0 after that
  std::atomic<bool> draining{false};
};

class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerCore> core, ThreadState& thread, Socket socket, std::string peer);
  ~Connection() override;

  // The session; completes when the connection is closed. The caller keeps *this alive until then.
  base::Task<> run();
  // Instead of run(): answers 503 whatever was sent, and closes.
  base::Task<> turn_away();
  boost::asio::cancellation_slot cancellation_slot() { return cancellation_.slot(); }

  // From the sweep, the drain, on the connection's thread.
  void sweep(SweepTime now, std::chrono::milliseconds slack);
  void drain();
  void cut();
  bool was_cut() const { return cut_; }

  const RequestHead& head() const override { return head_; }
  std::string_view peer_address() const override { return peer_; }
  base::Task<base::Result<std::string_view, ReadError>> read_body(std::size_t limit) override;
  base::Task<base::Result<std::string_view, ReadError>> read_some() override;
  const std::vector<std::pair<std::string, std::string>>& trailers() const override {
    return decoder_.trailers();
  }
  base::Task<base::Result<void, WriteError>> send(ResponseHead head, std::string_view body) override;
  base::Task<base::Result<void, WriteError>> begin(ResponseHead head) override;
  base::Task<base::Result<void, WriteError>> write(std::string_view chunk) override;
  base::Task<base::Result<void, WriteError>> finish() override;
  void abort() override;
  base::Task<> wait_closed() override;

 private:
  // What a read under way is for; the sweep judges it by that.
  enum class Reading { kNothing, kIdle, kHead, kBody, kLinger };
  enum class Answer { kNone, kStreaming, kComplete, kAborted };
  using Pieces = std::array<iovec, 3>;

  // connection.cc: the session
  enum class HeadResult { kRequest, kRefused, kClosed };
  base::Task<HeadResult> read_head();
  base::Task<HeadResult> refuse_head(int status);
  base::Task<> serve();
  base::Task<> answer_for_handler(bool threw);
  base::Task<bool> settle_body();
  void next_request();
  base::Task<> linger();
  void close_socket(bool reset);

  // connection_read.cc
  base::Task<std::size_t> receive(char* into, std::size_t size, Reading what);
  base::Task<std::optional<ReadError>> receive_piece(std::uint64_t most);
  base::Task<base::Result<std::string_view, ReadError>> read_length_body(std::size_t limit);
  base::Task<base::Result<std::string_view, ReadError>> read_chunked_body(std::size_t limit);
  base::Task<base::Result<std::string_view, ReadError>> next_decoded();
  base::Task<> send_continue();
  base::Result<std::string_view, ReadError> read_failed(ReadError error);
  bool body_complete() const { return body_done_; }
  void reclaim_piece();
  void start_watch();
  void watched(const boost::system::error_code& error, std::size_t size);
  void peer_gone();
  Timer& event();

  // connection_write.cc
  base::Task<base::Result<void, WriteError>> write_pieces(Pieces pieces);
  enum class Push { kDone, kWait, kFailed };
  Push push(Pieces& pieces);
  void format_head(const ResponseHead& head, ResponseBody body, std::uint64_t length);
  bool keep_alive_after_answer();

  std::shared_ptr<ServerCore> core_;
  ThreadState& thread_;
  std::list<Connection*>::iterator place_;
  Socket socket_;
  std::string peer_;
  boost::asio::cancellation_signal cancellation_;

  // Reading
  InputBuffer in_;
  HeadParser parser_;
  RequestHead head_;
  Framing framing_;
  std::size_t head_size_ = 0;
  std::size_t at_ = 0;      // into in_.data(): the first byte of it not yet used by this request
  std::uint64_t left_ = 0;  // of a body with a length: not yet handed out
  bool body_done_ = true;
  bool owes_continue_ = false;
  ChunkDecoder decoder_;
  std::vector<char> piece_;  // streamed bodies, read past what in_ held
  std::size_t piece_at_ = 0, piece_end_ = 0;
  InputBuffer body_;  // a whole body that in_ did not hold
  std::optional<ReadError> read_error_;

  Reading reading_ = Reading::kNothing;
  SweepTime reading_since_{};
  bool timed_out_ = false;  // the sweep cancelled the read
  bool watching_ = false;   // a watch's read is under way
  bool closed_waiter_ = false;
  bool peer_gone_ = false;
  std::optional<Timer> event_;  // never expires; cancelled to wake whoever waits for a watch

  // Writing
  std::string out_;
  Answer answer_ = Answer::kNone;
  int answer_status_ = 0;
  bool chunked_answer_ = false;
  bool body_allowed_ = true;  // false for HEAD, 204, 304
  bool keep_alive_ = true;
  bool writing_ = false;  // waiting for the client to read
  SweepTime writing_since_{};
  bool write_timed_out_ = false;
  bool cut_ = false;
  bool in_exchange_ = false;
};

}  // namespace millrace::net
