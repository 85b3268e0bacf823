#include "runtime/spawner.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "runtime/spawn_message.h"
#include "runtime/spawner_process.h"

namespace millrace::runtime {
namespace {

// ThreadSanitizer runs a thread of its own from the start; it knows about fork.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t kThreadsBeforeMain = 2;
#else
constexpr std::size_t kThreadsBeforeMain = 1;
#endif

namespace asio = boost::asio;

constexpr int kSocketBuffer = 1 << 20;

std::size_t thread_count() {
  std::size_t count = 0;
  if (DIR* tasks = ::opendir("/proc/self/task")) {
    while (const dirent* entry = ::readdir(tasks))
      count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(tasks);
  }
  return count;
}

}  // namespace

// The events' reader; shared with its pending wait so that either may go first.
struct Spawner::Events {
  Events(asio::io_context& context, int fd) : socket(context, fd) {}
  asio::posix::stream_descriptor socket;  // a duplicate of the spawner's socket
  std::function<void(const SpawnEvent&)> on_event;
  std::string buffer = std::string(4096, '\0');

  static void wait(const std::shared_ptr<Events>& self) {
    self->socket.async_wait(asio::posix::stream_descriptor::wait_read,
                            [self](const boost::system::error_code& error) {
                              if (error || !self->receive()) return;
                              wait(self);
                            });
  }
  bool receive() {
    for (;;) {
      const ssize_t n = ::recv(socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n == 0) {
        base::log(base::LogLevel::kError,
                  "the spawner has ended: no function can be started until the server is restarted");
        return false;
      }
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      if (const auto event = decode_event(std::string_view(buffer.data(), static_cast<std::size_t>(n))))
        on_event(*event);
    }
  }
};

base::Result<std::unique_ptr<Spawner>, std::string> Spawner::start() {
  if (thread_count() > kThreadsBeforeMain)
    return base::fail(std::string("the spawner must be started before any thread"));
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return base::fail(fmt::format("socketpair: {}", std::strerror(errno)));
  }
  for (const int socket : sockets)
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  std::string no_rooms = millrace::runtime::why_no_rooms();
  const pid_t server = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::fail(fmt::format("fork: {}", std::strerror(errno)));
  if (pid == 0) {
    ::close(sockets[0]);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != server) ::_exit(0);
    ::_exit(spawner_main(sockets[1], no_rooms.empty()));
  }
  ::close(sockets[1]);
  return std::unique_ptr<Spawner>(new Spawner(pid, sockets[0], std::move(no_rooms)));
}

Spawner::~Spawner() {
  stop_events();
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
  ::waitpid(pid_, nullptr, 0);
}

void Spawner::deliver_events(asio::io_context& context, std::function<void(const SpawnEvent&)> on_event) {
  auto events = std::make_shared<Events>(context, ::fcntl(socket_, F_DUPFD_CLOEXEC, 0));
  events->on_event = std::move(on_event);
  Events::wait(events);
  const std::lock_guard lock(mutex_);
  events_ = std::move(events);
}

void Spawner::stop_events() {
  const std::lock_guard lock(mutex_);
  if (!events_) return;
  boost::system::error_code ignored;
  events_->socket.close(ignored);
  events_.reset();
}

std::optional<std::string> Spawner::spawn(const SpawnRequest& request) {
  const std::string text = encode(request);
  if (text.size() > kSpawnMessageLimit || request.descriptors.size() > kSpawnDescriptorLimit) {
    return "the environment of the sandbox is too large";
  }
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kSpawnDescriptorLimit)] = {};
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (const std::size_t bytes = sizeof(int) * request.descriptors.size(); bytes > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    for (std::size_t i = 0; i < request.descriptors.size(); ++i) {
      std::memcpy(CMSG_DATA(header) + i * sizeof(int), &request.descriptors[i].first, sizeof(int));
    }
  }
  const std::lock_guard lock(mutex_);
  while (::sendmsg(socket_, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return fmt::format("the spawner does not answer: {}", std::strerror(errno));
  }
  return std::nullopt;
}

void Spawner::furnish(std::uint64_t id, const RoomContents& contents) {
  const std::string text = encode(FurnishRequest{id, contents});
  const std::lock_guard lock(mutex_);
  while (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void Spawner::signal(std::uint64_t id, int signal_number) {
  const std::string text = encode(SignalRequest{id, signal_number});
  const std::lock_guard lock(mutex_);
  while (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

}  // namespace millrace::runtime
