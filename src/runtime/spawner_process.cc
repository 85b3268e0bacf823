#include "runtime/spawner_process.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <grp.h>
#include <map>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "runtime/spawn_message.h"
#include "runtime/syscall_filter.h"

namespace millrace::runtime {
namespace {

constexpr int kFirstSpareDescriptor = 64;  // above every number a child is given
constexpr rlim_t kOpenFiles = 1024;        // as on Lambda

// What the child reports through a close-on-exec pipe when it cannot become the program.
struct ChildFailure {
  int error;
  char step[32];
};

[[noreturn]] void give_up(int report, const char* step) {
  ChildFailure failure{errno, {}};
  std::strncpy(failure.step, step, sizeof failure.step - 1);
  [[maybe_unused]] const ssize_t ignored = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

void set_limit(int resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

// Functions are the first to go when the machine runs out of memory.
void prefer_as_oom_victim() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(fd, "500", 3);
  ::close(fd);
}

void drop_to(std::uint32_t user, int report) {
  if (::setgroups(0, nullptr) != 0) give_up(report, "setgroups");
  if (::setresgid(user, user, user) != 0) give_up(report, "setgid");
  if (::setresuid(user, user, user) != 0) give_up(report, "setuid");
}

void arrange_descriptors(const SpawnRequest& request, int report) {
  std::vector<int> spare;
  for (const auto& [ours, theirs] : request.descriptors) {
    const int copy = ::fcntl(ours, F_DUPFD_CLOEXEC, kFirstSpareDescriptor);
    if (copy < 0) give_up(report, "dup");
    spare.push_back(copy);
  }
  for (std::size_t i = 0; i < spare.size(); ++i) {
    if (::dup2(spare[i], request.descriptors[i].second) < 0) give_up(report, "dup2");
  }
}

// Not even the server's standard streams, or what its own parent left open, are inherited.
void close_others(const SpawnRequest& request) {
  for (int fd = 0; fd < kFirstSpareDescriptor; ++fd) {
    const auto wanted = [fd](const std::pair<int, int>& pair) { return pair.second == fd; };
    if (std::none_of(request.descriptors.begin(), request.descriptors.end(), wanted))
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ::close_range(kFirstSpareDescriptor, ~0U, CLOSE_RANGE_CLOEXEC);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Runs in the new child; the spawner has one thread, so any library call is fine here.
[[noreturn]] void become_program(SpawnRequest& request, const Room& room, int report, pid_t spawner) {
  ::setsid();
  arrange_descriptors(request, report);
  close_others(request);

  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::umask(022);

  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, kOpenFiles);
  if (request.data_limit != 0) set_limit(RLIMIT_DATA, request.data_limit);
  if (request.process_limit != 0) set_limit(RLIMIT_NPROC, request.process_limit);
  prefer_as_oom_victim();
  if (room.init != 0 && !enter_room(room)) give_up(report, "enter its namespaces");
  if (request.user != 0) drop_to(request.user, report);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // After the change of user, which clears it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // From inside a namespace of processes the parent has no number.
  if (room.init == 0 && ::getppid() != spawner) ::_exit(127);

  if (::chdir(request.folder.c_str()) != 0) give_up(report, "chdir");
  if (why_no_filter().empty() && !forbid_system_calls()) give_up(report, "seccomp");
  if (request.gated) {
    ::close(report);
    char byte = 0;
    if (::read(kGate, &byte, 1) != 1) ::_exit(127);
    ::close(kGate);
  }
  std::vector<char*> arguments = pointers(request.arguments);
  std::vector<char*> environment = pointers(request.environment);
  ::execve(arguments[0], arguments.data(), environment.data());
  give_up(report, "exec");
}

class Process {
 public:
  Process(int socket, bool rooms) : socket_(socket), rooms_(rooms) {}

  int run() {
    ::prctl(PR_SET_NAME, "millrace-spawn", 0, 0, 0);
    ::setsid();  // Ctrl-C is for the server, which tells us
    ::signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      ::signal(number, SIG_IGN);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &child, nullptr);
    signals_ = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (rooms_ && !prepare_rooms().empty()) rooms_ = false;
    while (serve_once()) {
    }
    for (const auto& [pid, running] : children_)
      ::kill(-pid, SIGKILL);
    for (auto& [sandbox, room] : rooms_used_)
      close_room(room);
    return 0;
  }

 private:
  bool serve_once() {
    const short wanted = static_cast<short>(outgoing_.empty() ? POLLIN : POLLIN | POLLOUT);
    pollfd polled[2] = {{socket_, wanted, 0}, {signals_, POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0) return errno == EINTR;
    if (polled[1].revents != 0) reap();
    flush();
    if ((polled[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) return receive();
    return true;
  }

  bool receive() {
    static std::string buffer(kSpawnMessageLimit, '\0');
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kSpawnDescriptorLimit)];
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    std::vector<int> descriptors = descriptors_of(message);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
    if (auto request = decode_spawn(text); request && request->descriptors.size() == descriptors.size()) {
      for (std::size_t i = 0; i < descriptors.size(); ++i)
        request->descriptors[i].first = descriptors[i];
      spawn(*request);
    } else if (auto wanted = decode_signal(text)) {
      for (const auto& [pid, child] : children_) {
        if (child.id == wanted->id) ::kill(-pid, wanted->signal_number);
      }
    } else if (const auto contents = decode_furnish(text)) {
      furnish_child(*contents);
    }
    for (const int fd : descriptors)
      ::close(fd);
    return true;
  }

  static std::vector<int> descriptors_of(msghdr& message) {
    std::vector<int> descriptors;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      descriptors.resize(count);
      std::memcpy(descriptors.data(), CMSG_DATA(c), count * sizeof(int));
    }
    return descriptors;
  }

  void spawn(SpawnRequest& request) {
    Room room;
    if (request.beside != 0) {
      const auto shared = std::find_if(children_.begin(), children_.end(), [&](const auto& child) {
        return child.second.sandbox == request.beside;
      });
      if (shared == children_.end()) return failed_because(request.id, "the sandbox has ended");
      if (const auto found = rooms_used_.find(request.beside); found != rooms_used_.end())
        room = found->second;
    } else if (request.room.wanted) {
      if (const std::string why = open_for(request, room); !why.empty()) {
        close_room(room);
        return failed_because(request.id, why);
      }
    }
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return failed(request.id, "pipe", errno);
    const pid_t spawner = ::getpid();
    const auto program = [&] { become_program(request, room, report[1], spawner); };
    const pid_t pid = room.init != 0 ? fork_into(room, program) : ::fork();
    if (pid == 0) program();
    ::close(report[1]);
    if (pid < 0) {
      const int why = errno;
      ::close(report[0]);
      if (request.beside == 0) close_room(room);
      return failed(request.id, "fork", why);
    }
    ChildFailure failure{};
    ssize_t n;
    do {
      n = ::read(report[0], &failure, sizeof failure);
    } while (n < 0 && errno == EINTR);
    ::close(report[0]);
    if (n == static_cast<ssize_t>(sizeof failure)) {
      ::waitpid(pid, nullptr, 0);
      if (request.beside == 0) close_room(room);
      return failed(request.id, failure.step, failure.error);
    }
    children_[pid] = {request.id, request.beside != 0 ? request.beside : request.id};
    if (request.beside == 0 && room.init != 0) rooms_used_[request.id] = room;
    SpawnEvent started;
    started.kind = SpawnEvent::Kind::kStarted;
    started.id = request.id;
    started.pid = pid;
    outgoing_.push_back(encode(started));
    flush();
  }

  // Empty, or what failed.
  std::string open_for(const SpawnRequest& request, Room& room) {
    if (!rooms_) return "this machine has no namespaces for it";
    auto opened = open_room(request.room);
    if (!opened) return opened.error();
    room = *opened;
    return request.room.contents.task.empty() ? std::string() : furnish(room, request.room.contents);
  }

  void furnish_child(const FurnishRequest& request) {
    for (const auto& [pid, child] : children_) {
      if (child.id != request.id) continue;
      SpawnEvent done;
      done.kind = SpawnEvent::Kind::kFurnished;
      done.id = request.id;
      done.error = furnish(rooms_used_[child.sandbox], request.contents);
      outgoing_.push_back(encode(done));
      return flush();
    }
  }

  void failed(std::uint64_t id, const char* step, int error) {
    failed_because(id, std::string(step) + ": " + std::strerror(error));
  }

  void failed_because(std::uint64_t id, std::string why) {
    SpawnEvent exit;
    exit.id = id;
    exit.error = std::move(why);
    outgoing_.push_back(encode(exit));
    flush();
  }

  void reap() {
    signalfd_siginfo ignored;
    while (::read(signals_, &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    rusage usage{};
    for (pid_t pid; (pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
      const auto child = children_.find(pid);
      if (child == children_.end()) continue;
      ::kill(-pid, SIGKILL);  // what it left behind in its group
      SpawnEvent exit;
      exit.kind = SpawnEvent::Kind::kExited;
      exit.id = child->second.id;
      exit.pid = pid;
      exit.status = status;
      exit.max_rss_kb = static_cast<std::uint64_t>(usage.ru_maxrss);
      const std::uint64_t sandbox = child->second.sandbox;
      children_.erase(child);
      leave_room(sandbox);
      outgoing_.push_back(encode(exit));
    }
    flush();
  }

  // Closed with the last process of the sandbox.
  void leave_room(std::uint64_t sandbox) {
    const auto room = rooms_used_.find(sandbox);
    const auto in_it = [sandbox](const auto& child) { return child.second.sandbox == sandbox; };
    if (room == rooms_used_.end() || std::any_of(children_.begin(), children_.end(), in_it)) return;
    close_room(room->second);
    rooms_used_.erase(room);
  }

  // Never waits for the server: it may itself be waiting for us to take a request.
  void flush() {
    while (!outgoing_.empty()) {
      const std::string& next = outgoing_.front();
      if (::send(socket_, next.data(), next.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EAGAIN)
        return;
      outgoing_.pop_front();
    }
  }

  int socket_;
  int signals_ = -1;
  struct Child {
    std::uint64_t id = 0;
    std::uint64_t sandbox = 0;  // id of the sandbox's first process, which may be this one
  };
  bool rooms_;
  std::map<std::uint64_t, Room> rooms_used_;  // by sandbox
  std::map<pid_t, Child> children_;
  std::deque<std::string> outgoing_;
};

}  // namespace

int spawner_main(int socket, bool rooms) {
  return Process(socket, rooms).run();
}

}  // namespace millrace::runtime
