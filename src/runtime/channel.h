// The server's end of a sandbox's frame channel. Between invocations it belongs to no thread; attach() binds it to the thread
// of whoever uses it next, which costs nothing when that is the same one. One user at a time. Not reading is the back-pressure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/task.h"
#include "runtime/frame.h"

namespace millrace::runtime {

class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}  // takes the descriptor
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void attach(const boost::asio::any_io_executor& executor);
  bool attached_to(const boost::asio::any_io_executor& executor) const {
    return socket_ && executor_ == executor;
  }

  // False when the sandbox is gone or the wait was interrupted.
  base::Task<bool> send(std::string_view bytes);
  base::Task<bool> send(std::string_view head, std::string_view body);

  // The next frame's type; its body is then read with piece(). Unread body of the frame before is skipped. nullopt: the sandbox is
  // gone, or the wait was interrupted by interrupt() or by cancelling the task.
  base::Task<std::optional<FrameType>> next();
  // The next part of the frame's body as it arrives, valid until the next call; empty at its end, nullopt as above.
  base::Task<std::optional<std::string_view>> piece();
  // Exactly `size` bytes (at most 64 KiB) of the body.
  base::Task<std::optional<std::string_view>> exactly(std::size_t size);
  std::size_t remaining() const { return remaining_; }

  // No more in either direction; the other end sees the end. On the attached thread.
  void shut();
  // Ends a wait of send(), next() or piece(). On the attached thread.
  void interrupt();

 private:
  base::Task<bool> fill();

  static constexpr std::size_t kCapacity = 64u << 10;
  int fd_;
  boost::asio::any_io_executor executor_;
  std::optional<boost::asio::local::stream_protocol::socket> socket_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  // unread bytes of buffer_
  std::size_t end_ = 0;
  std::size_t remaining_ = 0;  // bytes of the current frame not handed out yet
};

}  // namespace millrace::runtime
