#include "runtime/channel.h"

#include <array>
#include <cstring>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace millrace::runtime {
namespace {
namespace asio = boost::asio;
using boost::system::error_code;
}  // namespace

Channel::~Channel() {
  if (!socket_) {
    ::close(fd_);
    return;
  }
  error_code ignored;
  socket_->close(ignored);
}

void Channel::attach(const asio::any_io_executor& executor) {
  if (socket_ && executor_ == executor) return;
  if (socket_) {
    error_code ignored;
    fd_ = socket_->release(ignored);
  }
  socket_.emplace(executor, asio::local::stream_protocol(), fd_);
  executor_ = executor;
  if (!buffer_) buffer_ = std::make_unique<char[]>(kCapacity);
}

base::Task<bool> Channel::send(std::string_view bytes) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(*socket_, asio::buffer(bytes), token);
  co_return !error;
}

base::Task<bool> Channel::send(std::string_view head, std::string_view body) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
  co_await asio::async_write(*socket_, both, token);
  co_return !error;
}

base::Task<bool> Channel::fill() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == kCapacity) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t n =
      co_await socket_->async_read_some(asio::buffer(buffer_.get() + end_, kCapacity - end_), token);
  end_ += n;
  co_return !error && n > 0;
}

base::Task<std::optional<FrameType>> Channel::next() {
  while (remaining_ > 0) {
    const auto skipped = co_await piece();
    if (!skipped) co_return std::nullopt;
  }
  while (end_ - begin_ < kFrameHeader) {
    const bool more = co_await fill();
    if (!more) co_return std::nullopt;
  }
  const char* header = buffer_.get() + begin_;
  remaining_ = read_u32(header);
  begin_ += kFrameHeader;
  co_return static_cast<FrameType>(header[4]);
}

base::Task<std::optional<std::string_view>> Channel::piece() {
  if (remaining_ == 0) co_return std::string_view();
  if (begin_ == end_) {
    const bool more = co_await fill();
    if (!more) co_return std::nullopt;
  }
  const std::string_view part(buffer_.get() + begin_, std::min(remaining_, end_ - begin_));
  begin_ += part.size();
  remaining_ -= part.size();
  co_return part;
}

base::Task<std::optional<std::string_view>> Channel::exactly(std::size_t size) {
  if (size > remaining_ || size > kCapacity) co_return std::nullopt;
  while (end_ - begin_ < size) {
    if (begin_ + size > kCapacity) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const bool more = co_await fill();
    if (!more) co_return std::nullopt;
  }
  const std::string_view part(buffer_.get() + begin_, size);
  begin_ += size;
  remaining_ -= size;
  co_return part;
}

void Channel::shut() {
  error_code ignored;
  socket_->shutdown(asio::socket_base::shutdown_both, ignored);
}

void Channel::interrupt() {
  error_code ignored;
  socket_->cancel(ignored);
}

}  // namespace millrace::runtime
