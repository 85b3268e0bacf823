#include "net/connection.h"

#include <ctime>
#include <exception>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "net/direct_await.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadAtLeast = 2u << 10;  // less room than this is not worth a read
constexpr std::size_t kKeepBody = 1u << 20;     // larger body buffers are freed after the request
constexpr std::uint64_t kDiscard = 256u << 10;  // of an unread body, to keep the connection
// Clients that read only once they have sent everything shall find their 413: room for any body of a common size.
constexpr std::size_t kLingerBytes = 64u << 20;
constexpr std::chrono::milliseconds kLingerTime = std::chrono::seconds(2);

}  // namespace

ServerMetrics::ServerMetrics(base::Registry& registry)
    : open(registry.gauge("http_connections_open", "", "Connections that are open")),
      accepted(registry.counter("http_connections_total", "", "Connections accepted")),
      requests(registry.counter("http_requests_total", "", "Requests whose head was read")),
      rejected_limit(registry.counter("http_connections_rejected_total", "",
                                      "Connections refused because too many were open")),
      rejected_malformed(
          registry.counter("http_requests_refused_total", "", "Request heads refused before any handler")),
      timeouts(registry.counter("http_timeouts_total", "",
                                "Connections that were too slow, idle ones included")) {}

std::string_view ThreadState::date() {
  std::int64_t second = ::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_text_ = format_http_date(second);
  }
  return date_text_;
}

Connection::Connection(std::shared_ptr<ServerCore> core, ThreadState& thread, Socket socket, std::string peer)
    : core_(std::move(core)),
      thread_(thread),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(HeadLimits{core_->limits.head_bytes, core_->limits.header_count}) {
  place_ = thread_.connections.insert(thread_.connections.end(), this);
  core_->metrics.open.add(1);
}

Connection::~Connection() {
  thread_.connections.erase(place_);
  core_->metrics.open.add(-1);
}

base::Task<> Connection::run() {
  for (;;) {
    HeadResult result = co_await read_head();
    if (result == HeadResult::kClosed) break;
    if (result == HeadResult::kRequest) {
      co_await serve();
      if (keep_alive_ && !peer_gone_) {
        next_request();
        continue;
      }
    }
    // Closing with bytes unread makes the kernel send a reset, which can take the answer from under the client's eyes.
    bool unread = !body_done_ || in_.data().size() > at_ || result == HeadResult::kRefused ||
                  answer_ == Answer::kAborted;
    if (unread && !peer_gone_ && !cut_) co_await linger();
    break;
  }
  close_socket(false);
}

base::Task<> Connection::turn_away() {
  co_await refuse_head(503);
  if (!peer_gone_ && !cut_) co_await linger();
  close_socket(false);
}

base::Task<Connection::HeadResult> Connection::read_head() {
  for (;;) {
    ParseStatus status = in_.empty() ? ParseStatus::kNeedMore : parser_.parse(in_.data());
    if (status == ParseStatus::kDone) {
      std::optional<Framing> framing = parser_.request(in_.data(), head_);
      if (framing) {
        framing_ = *framing;
        break;
      }
      status = ParseStatus::kError;
    }
    if (status == ParseStatus::kError) co_return co_await refuse_head(status_of(parser_.error()));

    Reading what = parser_.started() ? Reading::kHead : Reading::kIdle;
    if (reading_ != what) {
      reading_ = what;
      reading_since_ = thread_.now;
    }
    boost::system::error_code error;
    std::size_t parsed = in_.data().size();
    if (core_->draining && what == Reading::kIdle) co_return HeadResult::kClosed;
    if (watching_) {
      co_await event().async_wait(asio::redirect_error(asio::use_awaitable, error));
    } else if (!peer_gone_) {
      in_.make_room(kReadAtLeast);
      std::size_t size = co_await receive_some(socket_, asio::buffer(in_.room(), in_.room_size()), error);
      in_.filled(size);
      if (error && error != asio::error::operation_aborted) peer_gone_ = true;
    }
    if (timed_out_) {
      if (what == Reading::kIdle) co_return HeadResult::kClosed;
      co_return co_await refuse_head(408);
    }
    if (cut_) co_return HeadResult::kClosed;
    if (peer_gone_ && !watching_) {
      if (in_.data().size() > parsed) continue;  // what arrived before the end still counts
      if (what == Reading::kIdle && !parser_.started()) co_return HeadResult::kClosed;
      co_return co_await refuse_head(400);
    }
  }
  reading_ = Reading::kNothing;
  head_size_ = at_ = parser_.size();
  left_ = framing_.length;
  body_done_ = framing_.body == BodyKind::kNone;
  owes_continue_ = framing_.expect_continue;
  co_return HeadResult::kRequest;
}

base::Task<Connection::HeadResult> Connection::refuse_head(int status) {
  reading_ = Reading::kNothing;
  if (status != 503) core_->metrics.rejected_malformed.add();
  keep_alive_ = false;
  framing_ = Framing{};
  framing_.keep_alive = false;
  head_.http_1_0 = false;
  head_.method = {};
  std::string body(reason_phrase(status));
  body += '\n';
  ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "text/plain");
  co_await send(std::move(head), body);
  co_return HeadResult::kRefused;
}

base::Task<> Connection::serve() {
  core_->metrics.requests.add();
  keep_alive_ = framing_.keep_alive;
  bool threw = false;
  try {
    co_await core_->handler(*this);
  } catch (const std::exception& e) {
    threw = true;
    if (!cut_) base::log(base::LogLevel::kError, "http: a handler threw: {}", e.what());
  } catch (...) {
    threw = true;
    base::log(base::LogLevel::kError, "http: a handler threw");
  }
  if (cut_) co_return;
  if (answer_ == Answer::kNone) co_await answer_for_handler(threw);
  if (answer_ == Answer::kStreaming) abort();
  bool settled = body_done_;
  if (!settled && keep_alive_) settled = co_await settle_body();
  keep_alive_ = keep_alive_ && settled;
}

base::Task<> Connection::answer_for_handler(bool threw) {
  int status = 500;
  if (!threw && read_error_) {
    switch (*read_error_) {
      case ReadError::kTooLarge:
        status = 413;
        break;
      case ReadError::kMalformed:
        status = 400;
        break;
      case ReadError::kTimeout:
        status = 408;
        break;
      case ReadError::kClosed:
        keep_alive_ = false;
        co_return;
    }
  }
  std::string body(reason_phrase(status));
  body += '\n';
  ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "text/plain");
  co_await send(std::move(head), body);
}

// Reads and drops what the handler left of the body, if that is little, so that the next request can be found.
base::Task<bool> Connection::settle_body() {
  if (owes_continue_ || read_error_ || peer_gone_) co_return false;
  if (framing_.body == BodyKind::kLength && left_ > kDiscard) co_return false;
  std::uint64_t dropped = 0;
  while (!body_done_) {
    base::Result<std::string_view, ReadError> piece = co_await next_decoded();
    if (!piece) co_return false;
    dropped += piece->size();
    if (dropped > kDiscard) co_return false;
  }
  co_return true;
}

void Connection::next_request() {
  in_.consume(at_);
  if (!watching_) {
    in_.rewind();
    if (piece_at_ < piece_end_) in_.append({piece_.data() + piece_at_, piece_end_ - piece_at_});
    if (in_.empty() && in_.capacity() > 4 * InputBuffer::kInitial) in_.release();
  }
  piece_at_ = piece_end_ = 0;
  at_ = head_size_ = 0;
  if (body_.capacity() > kKeepBody) {
    body_.release();
  } else {
    body_.consume(body_.data().size());
    body_.rewind();
  }
  if (out_.capacity() > 4 * InputBuffer::kInitial) std::string().swap(out_);
  parser_.reset();
  if (framing_.body == BodyKind::kChunked) decoder_.reset();
  answer_ = Answer::kNone;
  closed_waiter_ = false;
}

// Says that no more comes, then reads on until the client has taken the answer and closed, for a bounded time.
base::Task<> Connection::linger() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
  reading_ = Reading::kLinger;
  reading_since_ = thread_.now;
  timed_out_ = false;
  boost::system::error_code error;
  if (watching_) socket_.cancel(error);
  while (watching_)
    co_await event().async_wait(asio::redirect_error(asio::use_awaitable, error));
  std::size_t dropped = 0;
  std::vector<char> sink(16u << 10);
  while (dropped < kLingerBytes && !timed_out_ && !cut_) {
    dropped += co_await receive_some(socket_, asio::buffer(sink), error);
    if (error) break;
  }
  reading_ = Reading::kNothing;
}

void Connection::close_socket(bool reset) {
  boost::system::error_code ignored;
  if (reset && socket_.is_open()) {
    struct ::linger hard {
      1, 0
    };
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  socket_.close(ignored);
}

void Connection::sweep(SweepTime now, std::chrono::milliseconds slack) {
  const ServerLimits& limits = core_->limits;
  std::chrono::milliseconds limit{};
  switch (reading_) {
    case Reading::kNothing:
      break;
    case Reading::kIdle:
      limit = limits.idle_timeout;
      break;
    case Reading::kHead:
      limit = limits.head_timeout;
      break;
    case Reading::kBody:
      limit = limits.body_timeout;
      break;
    case Reading::kLinger:
      limit = kLingerTime;
      break;
  }
  boost::system::error_code ignored;
  // `slack`: times are those of the last sweep, so up to that much too early.
  if (reading_ != Reading::kNothing && !timed_out_ && now - reading_since_ > limit + slack) {
    timed_out_ = true;
    core_->metrics.timeouts.add();
    socket_.cancel(ignored);
  }
  if (writing_ && !write_timed_out_ && now - writing_since_ > limits.write_timeout + slack) {
    write_timed_out_ = true;
    core_->metrics.timeouts.add();
    socket_.cancel(ignored);
  }
  if (closed_waiter_ && !watching_ && !peer_gone_ && socket_.is_open()) {
    pollfd poll_for{socket_.native_handle(), POLLRDHUP, 0};
    if (::poll(&poll_for, 1, 0) > 0 && (poll_for.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) peer_gone();
  }
}

void Connection::drain() {
  boost::system::error_code ignored;
  if (reading_ == Reading::kIdle) socket_.cancel(ignored);  // read_head sees draining
}

void Connection::cut() {
  cut_ = true;
  close_socket(true);
  peer_gone();
  cancellation_.emit(asio::cancellation_type::terminal);
}

}  // namespace millrace::net
