// The reading half of an exchange: bodies, trailers, and the watch for a client that goes away.
#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/connection.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPiece = 64u << 10;
constexpr std::size_t kBodyStep =
    1u << 20;  // a claimed length is believed in steps: memory follows the bytes

}  // namespace

// 0 when the client closed, failed or was too slow, or the handler was cancelled.
base::Task<std::size_t> Connection::receive(char* into, std::size_t size, Reading what) {
  reading_ = what;
  reading_since_ = thread_.now;
  boost::system::error_code error;
  std::size_t got = co_await socket_.async_read_some(asio::buffer(into, size),
                                                     asio::redirect_error(asio::use_awaitable, error));
  reading_ = Reading::kNothing;
  if (error) {
    if (error != asio::error::operation_aborted) peer_gone();
    co_return 0;
  }
  co_return got;
}

base::Result<std::string_view, ReadError> Connection::read_failed(ReadError error) {
  read_error_ = error;
  keep_alive_ = false;
  return base::fail(error);
}

base::Task<> Connection::send_continue() {
  owes_continue_ = false;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  Pieces pieces{};
  pieces[0] = {const_cast<char*>(kContinue.data()), kContinue.size()};
  co_await write_pieces(pieces);
}

base::Task<std::optional<ReadError>> Connection::receive_piece(std::uint64_t most) {
  if (piece_.empty()) piece_.resize(kPiece);
  piece_at_ = piece_end_ = 0;
  std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(most, piece_.size()));
  piece_end_ = co_await receive(piece_.data(), size, Reading::kBody);
  if (piece_end_ > 0) co_return std::nullopt;
  co_return timed_out_ ? ReadError::kTimeout : ReadError::kClosed;
}

// The next bytes of the body, from the input buffer while it has some, else straight from the socket.
base::Task<base::Result<std::string_view, ReadError>> Connection::next_decoded() {
  if (read_error_) co_return base::fail(*read_error_);
  while (!body_done_) {
    std::string_view input = in_.data().substr(at_);
    bool from_piece = input.empty();
    if (from_piece) input = std::string_view(piece_.data() + piece_at_, piece_end_ - piece_at_);
    if (input.empty()) {
      if (owes_continue_) co_await send_continue();
      std::uint64_t most = framing_.body == BodyKind::kLength ? left_ : kPiece;
      std::optional<ReadError> error = co_await receive_piece(most);
      if (error) co_return read_failed(*error);
      continue;
    }
    std::size_t& at = from_piece ? piece_at_ : at_;
    owes_continue_ = false;  // the body is coming: the client did not wait
    if (framing_.body == BodyKind::kLength) {
      std::string_view data =
          input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
      at += data.size();
      left_ -= data.size();
      body_done_ = left_ == 0;
      co_return data;
    }
    ChunkDecoder::Step step = decoder_.step(input);
    at += step.consumed;
    if (step.status == ChunkDecoder::Status::kError) co_return read_failed(ReadError::kMalformed);
    if (step.status == ChunkDecoder::Status::kEnd) {
      body_done_ = true;
      reclaim_piece();
    }
    if (!step.data.empty()) co_return step.data;
  }
  co_return std::string_view();
}

base::Task<base::Result<std::string_view, ReadError>> Connection::read_some() {
  return next_decoded();
}

base::Task<base::Result<std::string_view, ReadError>> Connection::read_body(std::size_t limit) {
  if (framing_.body == BodyKind::kChunked) return read_chunked_body(limit);
  return read_length_body(limit);
}

base::Task<base::Result<std::string_view, ReadError>> Connection::read_length_body(std::size_t limit) {
  if (left_ > limit) co_return read_failed(ReadError::kTooLarge);
  std::size_t length = static_cast<std::size_t>(left_);
  std::string_view buffered = in_.data().substr(at_);
  // In place when the input buffer can take the rest without moving; else in a block of its own.
  bool in_place = buffered.size() + in_.room_size() >= length;
  InputBuffer& target = in_place ? in_ : body_;
  std::size_t start = in_place ? at_ : 0;
  if (!in_place) {
    body_.append(buffered);
    at_ += buffered.size();
  }
  while (target.data().size() - start < length) {
    if (owes_continue_) co_await send_continue();
    std::size_t missing = length - (target.data().size() - start);
    if (!in_place) target.make_room(std::min(missing, kBodyStep));
    std::size_t most = in_place ? target.room_size() : std::min(missing, target.room_size());
    std::size_t got = co_await receive(target.room(), most, Reading::kBody);
    if (got == 0) co_return read_failed(timed_out_ ? ReadError::kTimeout : ReadError::kClosed);
    target.filled(got);
  }
  if (in_place) at_ += length;
  left_ = 0;
  owes_continue_ = false;
  body_done_ = true;
  co_return target.data().substr(start, length);
}

base::Task<base::Result<std::string_view, ReadError>> Connection::read_chunked_body(std::size_t limit) {
  for (;;) {
    base::Result<std::string_view, ReadError> piece = co_await next_decoded();
    if (!piece) co_return base::fail(piece.error());
    if (piece->empty()) break;
    if (body_.data().size() + piece->size() > limit) co_return read_failed(ReadError::kTooLarge);
    body_.append(*piece);
  }
  co_return body_.data();
}

// What a chunked body's last read took of the next request goes where heads are parsed, if that needs no move: views
// into the input buffer are in use. Otherwise next_request() does it.
void Connection::reclaim_piece() {
  std::size_t size = piece_end_ - piece_at_;
  if (size == 0 || at_ < in_.data().size() || in_.room_size() < size) return;
  in_.append({piece_.data() + piece_at_, size});
  piece_at_ = piece_end_ = 0;
}

Timer& Connection::event() {
  if (!event_) event_.emplace(thread_.context, SweepTime::max());
  return *event_;
}

void Connection::peer_gone() {
  peer_gone_ = true;
  if (event_) event_->cancel();
}

void Connection::start_watch() {
  // While a body is still coming, or no room is left, the sweep looks for the end instead.
  bool can = body_done_ && reading_ == Reading::kNothing && piece_at_ == piece_end_ && in_.room_size() > 0;
  if (watching_ || peer_gone_ || cut_ || !can) return;
  watching_ = true;
  socket_.async_read_some(asio::buffer(in_.room(), in_.room_size()),
                          [self = shared_from_this()](const boost::system::error_code& error,
                                                      std::size_t size) { self->watched(error, size); });
}

void Connection::watched(const boost::system::error_code& error, std::size_t size) {
  watching_ = false;
  in_.filled(size);
  if (error && error != asio::error::operation_aborted) {
    peer_gone();
  } else if (reading_ != Reading::kNothing) {
    event().cancel();  // read_head waits for these bytes
  } else if (closed_waiter_) {
    start_watch();
  }
}

base::Task<> Connection::wait_closed() {
  closed_waiter_ = true;
  start_watch();
  while (!peer_gone_) {
    boost::system::error_code error;
    co_await event().async_wait(asio::redirect_error(asio::use_awaitable, error));
    asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  closed_waiter_ = false;
}

}  // namespace millrace::net
