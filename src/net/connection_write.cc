// The writing half of an exchange. The socket is tried at once, with one sendmsg for head and body together; only when it is full
// does anybody wait.
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/connection.h"
#include "net/direct_await.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

iovec piece_of(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

Connection::Push Connection::push(Pieces& pieces) {
  for (;;) {
    std::size_t first = 0;
    while (first < pieces.size() && pieces[first].iov_len == 0)
      ++first;
    if (first == pieces.size()) return Push::kDone;
    msghdr message{};
    message.msg_iov = &pieces[first];
    message.msg_iovlen = pieces.size() - first;
    ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Push::kWait : Push::kFailed;
    }
    std::size_t done = static_cast<std::size_t>(sent);
    for (iovec& piece : pieces) {
      std::size_t part = std::min(done, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + part;
      piece.iov_len -= part;
      done -= part;
    }
  }
}

base::Task<base::Result<void, WriteError>> Connection::write_pieces(Pieces pieces) {
  Push result = push(pieces);
  while (result == Push::kWait) {
    writing_ = true;
    writing_since_ = thread_.now;
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(asio::use_awaitable, error));
    writing_ = false;
    asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    bool cancelled =
        state.cancelled() != asio::cancellation_type::none;  // what is half written cannot be mended
    if (cancelled || write_timed_out_ || cut_ || !socket_.is_open())
      result = Push::kFailed;
    else
      result = push(pieces);
  }
  if (result == Push::kDone) co_return base::Result<void, WriteError>();
  keep_alive_ = false;
  if (answer_ == Answer::kStreaming) answer_ = Answer::kAborted;
  peer_gone();
  co_return base::fail(write_timed_out_ ? WriteError::kTimeout : WriteError::kClosed);
}

bool Connection::keep_alive_after_answer() {
  bool skips_body =
      !body_done_ && owes_continue_;  // the client may or may not send it now: nobody can tell where it ends
  return keep_alive_ && !skips_body && !read_error_ && !peer_gone_ && !core_->draining;
}

void Connection::format_head(const ResponseHead& head, ResponseBody body, std::uint64_t length) {
  ResponseFrame frame;
  frame.body = body;
  frame.length = length;
  frame.keep_alive = keep_alive_;
  frame.http_1_0 = head_.http_1_0;
  frame.date = thread_.date();
  out_.clear();
  append_response_head(out_, head, frame);
}

base::Task<base::Result<void, WriteError>> Connection::send(ResponseHead head, std::string_view body) {
  if (answer_ != Answer::kNone) throw std::logic_error("http: a second answer to one request");
  answer_ = Answer::kComplete;
  // Answers of one round of the loop go out together: waking a client costs as much as the rest of a sendmsg, and one that was
  // just woken is still awake.
  if (thread_.open > 1) co_await end_of_round(thread_.context);
  keep_alive_ = keep_alive_after_answer();
  bool bodiless = never_has_body(head.status);
  format_head(head, bodiless ? ResponseBody::kNone : ResponseBody::kLength, body.size());
  Pieces pieces{};
  pieces[0] = piece_of(out_);
  if (!bodiless && head_.method != "HEAD") pieces[1] = piece_of(body);
  // The same as write_pieces(), without its coroutine in the usual case.
  if (push(pieces) == Push::kDone) co_return base::Result<void, WriteError>();
  co_return co_await write_pieces(pieces);
}

base::Task<base::Result<void, WriteError>> Connection::begin(ResponseHead head) {
  if (answer_ != Answer::kNone) throw std::logic_error("http: a second answer to one request");
  answer_ = Answer::kStreaming;
  chunked_answer_ = !head_.http_1_0;
  keep_alive_ = keep_alive_after_answer() && chunked_answer_;
  bool bodiless = never_has_body(head.status);
  body_allowed_ = !bodiless && head_.method != "HEAD";
  ResponseBody framing = chunked_answer_ ? ResponseBody::kChunked : ResponseBody::kUntilClose;
  format_head(head, bodiless ? ResponseBody::kNone : framing, 0);
  Pieces pieces{};
  pieces[0] = piece_of(out_);
  return write_pieces(pieces);
}

base::Task<base::Result<void, WriteError>> Connection::write(std::string_view chunk) {
  if (answer_ == Answer::kNone || answer_ == Answer::kComplete)
    throw std::logic_error("http: write() outside a streamed answer");
  if (answer_ == Answer::kAborted) co_return base::fail(WriteError::kClosed);
  if (chunk.empty() || !body_allowed_) co_return base::Result<void, WriteError>();
  Pieces pieces{};
  pieces[1] = piece_of(chunk);
  if (chunked_answer_) {
    char line[20];
    char* end = std::to_chars(line, line + 16, chunk.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out_.assign(line, end);
    pieces[0] = piece_of(out_);
    pieces[2] = piece_of("\r\n");
  }
  if (push(pieces) == Push::kDone) co_return base::Result<void, WriteError>();
  co_return co_await write_pieces(pieces);
}

base::Task<base::Result<void, WriteError>> Connection::finish() {
  if (answer_ == Answer::kNone || answer_ == Answer::kComplete)
    throw std::logic_error("http: finish() outside a streamed answer");
  if (answer_ == Answer::kAborted) co_return base::fail(WriteError::kClosed);
  answer_ = Answer::kComplete;
  if (!chunked_answer_ || !body_allowed_) co_return base::Result<void, WriteError>();
  Pieces pieces{};
  pieces[0] = piece_of("0\r\n\r\n");
  co_return co_await write_pieces(pieces);
}

void Connection::abort() {
  if (answer_ == Answer::kComplete) return;
  answer_ = Answer::kAborted;
  keep_alive_ = false;
  if (!socket_.is_open()) return;
  if (chunked_answer_) {
    // What was written still reaches the client; the missing last chunk tells it the rest is lost.
    ::shutdown(socket_.native_handle(), SHUT_WR);
  } else {
    close_socket(true);  // without chunks only a reset tells a cut from an end
    peer_gone();
  }
}

}  // namespace millrace::net
