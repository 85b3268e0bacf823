// The bytes read from a connection and not yet used. Parsed heads are views into it, so it moves its bytes only when told
// to (make_room), which its owner does between requests alone.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace millrace::net {

class InputBuffer {
 public:
  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  char* room() { return bytes_.get() + end_; }
  std::size_t room_size() const { return capacity_ - end_; }
  void filled(std::size_t size) { end_ += size; }
  void consume(std::size_t size) { begin_ += size; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }
  // Forgets that bytes were consumed, when none are left: the next request starts at the front.
  void rewind() {
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // At least `size` bytes of room, moving what is there to the front of the same or of a larger block.
  void make_room(std::size_t size) {
    if (room_size() >= size) return;
    std::size_t used = end_ - begin_;
    if (capacity_ < used + size) {
      std::size_t capacity = capacity_ == 0 ? kInitial : capacity_;
      while (capacity < used + size)
        capacity *= 2;
      std::unique_ptr<char[]> bytes(new char[capacity]);
      if (used > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, used);
      bytes_ = std::move(bytes);
      capacity_ = capacity;
    } else if (used > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }
  void append(std::string_view bytes) {
    make_room(bytes.size());
    std::memcpy(room(), bytes.data(), bytes.size());
    filled(bytes.size());
  }
  void release() {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

  static constexpr std::size_t kInitial = 8u << 10;

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace millrace::net
