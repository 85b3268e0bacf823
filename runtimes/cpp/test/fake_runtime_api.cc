#include "fake_runtime_api.h"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::function::harness {
namespace {

constexpr std::string_view kRoot = "/2018-06-01/runtime/";

bool fill(int fd, std::string& buffer) {
  std::array<char, 4096> chunk;
  const ssize_t n = ::recv(fd, chunk.data(), chunk.size(), 0);
  if (n > 0) buffer.append(chunk.data(), static_cast<std::size_t>(n));
  return n > 0;
}

bool take_line(int fd, std::string& buffer, std::string& line) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n")) == std::string::npos) {
    if (!fill(fd, buffer)) return false;
  }
  line = buffer.substr(0, end);
  buffer.erase(0, end + 2);
  return true;
}

bool take_bytes(int fd, std::string& buffer, std::size_t size, std::string& bytes) {
  while (buffer.size() < size) {
    if (!fill(fd, buffer)) return false;
  }
  bytes = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

bool take_fields(int fd, std::string& buffer, std::map<std::string, std::string>& fields) {
  std::string line;
  while (take_line(fd, buffer, line)) {
    if (line.empty()) return true;
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) return false;
    fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return false;
}

bool say(int fd, const std::string& text) {
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace

FakeRuntimeApi::FakeRuntimeApi(std::vector<std::string> events) : events_(events.begin(), events.end()) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<sockaddr*>(&here), sizeof here);
  ::listen(listener_, 8);
  socklen_t size = sizeof here;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
  address_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
  thread_ = std::thread([this] { serve(); });
}

FakeRuntimeApi::~FakeRuntimeApi() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void FakeRuntimeApi::serve() {
  for (int fd = -1; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
    const bool more = serve_connection(fd);
    ::close(fd);
    if (!more) ::shutdown(listener_, SHUT_RDWR);
  }
}

bool FakeRuntimeApi::give_event(int fd) {
  std::string event;
  {
    const std::lock_guard lock(mutex_);
    if (events_.empty()) return false;
    event = std::move(events_.front());
    events_.pop_front();
  }
  // Chunked, as a server may choose to; what the library posts is answered with a length.
  char size[24];
  std::snprintf(size, sizeof size, "%zx", event.size());
  std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nLambda-Runtime-Aws-Request-Id: request-1\r\n";
  for (const auto& [name, value] : event_headers)
    text.append(name).append(": ").append(value).append("\r\n");
  text.append("\r\n").append(size).append("\r\n").append(event).append("\r\n0\r\n\r\n");
  return say(fd, text);
}

bool FakeRuntimeApi::take_chunks(int fd, std::string& buffer, Received& request) {
  std::string line;
  while (take_line(fd, buffer, line)) {
    const std::size_t size = std::stoul(line, nullptr, 16);
    if (size == 0) return take_fields(fd, buffer, request.trailers);
    std::string chunk;
    if (!take_bytes(fd, buffer, size, chunk) || !take_line(fd, buffer, line)) return false;
    request.body += chunk;
    request.chunks.push_back(std::move(chunk));
    const std::lock_guard lock(mutex_);
    ++chunks_;
    came_.notify_all();
    if (request.chunks.size() == hang_up_after_chunks) return false;
  }
  return false;
}

// False when it is over for good.
bool FakeRuntimeApi::serve_connection(int fd) {
  std::string buffer;
  std::string line;
  while (take_line(fd, buffer, line)) {
    Received request;
    const std::string path = line.substr(line.find(' ') + 1);
    request.path = path.substr(kRoot.size(), path.find(' ') - kRoot.size());
    if (!path.starts_with(kRoot) || !take_fields(fd, buffer, request.headers)) return false;
    if (line.starts_with("GET ")) {
      if (!give_event(fd)) return false;
      continue;
    }
    bool whole = true;
    if (request.headers.contains("Transfer-Encoding")) {
      whole = take_chunks(fd, buffer, request);
    } else {
      whole = take_bytes(fd, buffer, std::stoul(request.headers["Content-Length"]), request.body);
    }
    {
      const std::lock_guard lock(mutex_);
      received_.push_back(std::move(request));
    }
    if (!whole) return true;
    const std::string body = R"({"status":"OK"})";
    say(fd, "HTTP/1.1 " + std::to_string(post_status) +
                " Whatever\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    if (close_between) return true;
  }
  return true;
}

bool FakeRuntimeApi::wait_for_chunks(std::size_t count) {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, std::chrono::seconds(10), [&] { return chunks_ >= count; });
}

std::vector<Received> FakeRuntimeApi::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

}  // namespace millrace::function::harness
