#include "runtime/room.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace millrace::runtime {
namespace {

constexpr unsigned long kPlainFiles = MS_NOSUID | MS_NODEV;

// Building stops at the first failure; its name is the answer.
struct Failure {
  int error = 0;
  char step[96] = {};
};

bool failed(Failure& failure, std::string_view step) {
  failure.error = errno;
  std::memcpy(failure.step, step.data(), std::min(step.size(), sizeof failure.step - 1));
  return false;
}

std::string text_of(const Failure& failure) {
  return fmt::format("{}: {}", failure.step, std::strerror(failure.error));
}

int open_tree_of(const std::string& path) {
  return static_cast<int>(
      ::syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
}

int make_read_only(int fd, const char* path, unsigned flags, std::uint64_t more) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | more;
  return static_cast<int>(
      ::syscall(SYS_mount_setattr, fd, path, flags | AT_RECURSIVE, &attributes, sizeof attributes));
}

// `mkdir -p` below `root`.
void make_folders(const std::string& root, const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    ::mkdir((root + path.substr(0, end)).c_str(), 0755);
  }
}

bool show(const std::string& root, const std::string& path, Failure& failure) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return true;  // not on this machine
  const std::string inside = root + path;
  if (S_ISLNK(info.st_mode)) {
    std::array<char, 4096> target{};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size() - 1);
    if (size < 0 || (::symlink(target.data(), inside.c_str()) != 0 && errno != EEXIST))
      return failed(failure, "link " + path);
    return true;
  }
  if (S_ISDIR(info.st_mode)) {
    make_folders(root, path);
  } else {
    make_folders(root, path.substr(0, std::max<std::size_t>(1, path.rfind('/'))));
    const int file = ::open(inside.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (file >= 0) ::close(file);
  }
  if (::mount(path.c_str(), inside.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
    return failed(failure, "bind " + path);
  if (make_read_only(AT_FDCWD, inside.c_str(), 0, 0) != 0) return failed(failure, "read-only " + path);
  return true;
}

bool is_under(const std::string& path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

constexpr std::array<const char*, 8> kSystem{"/usr",   "/bin",   "/sbin",   "/lib",
                                             "/lib32", "/lib64", "/libx32", "/etc"};

bool is_system(const std::string& path) {
  for (const char* folder : kSystem) {
    if (is_under(path, folder)) return true;
  }
  return false;
}

// The machine's names and the sandbox's own, from a file of the room. Without one on the machine there are no names to add to.
bool name_hosts(const std::string& root, const std::string& lines, Failure& failure) {
  constexpr const char* kHosts = "/etc/hosts";
  if (lines.empty() || ::access((root + kHosts).c_str(), F_OK) != 0) return true;
  const std::string own = root + "/var/hosts";
  const int from = ::open((root + kHosts).c_str(), O_RDONLY | O_CLOEXEC);
  const int to = ::open(own.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  std::array<char, 4096> part;
  ssize_t n = 0;
  bool good = from >= 0 && to >= 0;
  while (good && (n = ::read(from, part.data(), part.size())) > 0)
    good = ::write(to, part.data(), static_cast<std::size_t>(n)) == n;
  const std::string added = "\n" + lines;
  good = good && ::write(to, added.data(), added.size()) == static_cast<ssize_t>(added.size());
  if (from >= 0) ::close(from);
  if (to >= 0) ::close(to);
  if (!good) return failed(failure, "write /etc/hosts");
  if (::mount(own.c_str(), (root + kHosts).c_str(), nullptr, MS_BIND, nullptr) != 0)
    return failed(failure, "bind /etc/hosts");
  if (make_read_only(AT_FDCWD, (root + kHosts).c_str(), 0, 0) != 0)
    return failed(failure, "read-only /etc/hosts");
  return true;
}

// Where the new root is put together: any folder that hides nothing that is wanted.
std::string workplace(const RoomRequest& request) {
  for (const char* folder : {"/mnt", "/media", "/srv", "/run"}) {
    struct stat info {};
    bool free = ::lstat(folder, &info) == 0 && S_ISDIR(info.st_mode);
    for (const std::string& path : request.visible)
      free = free && !is_under(path, folder);
    if (free) return folder;
  }
  return {};
}

bool make_devices(const std::string& root, Failure& failure) {
  ::mkdir((root + "/dev").c_str(), 0755);
  for (const char* name : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    const std::string inside = root + name;
    const int file = ::open(inside.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (file >= 0) ::close(file);
    if (::mount(name, inside.c_str(), nullptr, MS_BIND, nullptr) != 0) return failed(failure, name);
  }
  constexpr std::array<std::array<const char*, 2>, 4> kLinks{{{"/proc/self/fd", "/dev/fd"},
                                                              {"/proc/self/fd/0", "/dev/stdin"},
                                                              {"/proc/self/fd/1", "/dev/stdout"},
                                                              {"/proc/self/fd/2", "/dev/stderr"}}};
  for (const auto& [target, name] : kLinks)
    ::symlink(target, (root + name).c_str());
  ::mkdir((root + "/dev/shm").c_str(), 0755);
  if (::mount("shm", (root + "/dev/shm").c_str(), "tmpfs", kPlainFiles, "mode=1777,size=64m") != 0)
    return failed(failure, "/dev/shm");
  return true;
}

bool build_root(const RoomRequest& request, Failure& failure) {
  const std::string root = workplace(request);
  if (root.empty()) return failed(failure, "no folder to build in");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return failed(failure, "private mounts");
  if (::mount("millrace", root.c_str(), "tmpfs", kPlainFiles, "mode=755,size=4m") != 0)
    return failed(failure, "mount the root");
  for (const char* folder : kSystem) {
    if (!show(root, folder, failure)) return false;
  }
  for (const char* folder : {"/proc", "/tmp", "/var", "/opt"})
    ::mkdir((root + folder).c_str(), 0755);
  ::mkdir((root + "/var/task").c_str(), 0755);
  if (!name_hosts(root, request.hosts, failure)) return false;
  if (!make_devices(root, failure)) return false;
  if (::mount("proc", (root + "/proc").c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return failed(failure, "/proc");
  const std::string size = fmt::format("mode=1777,size={}m", request.contents.tmp_mb);
  if (::mount("tmp", (root + "/tmp").c_str(), "tmpfs", kPlainFiles, size.c_str()) != 0)
    return failed(failure, "/tmp");
  for (const std::string& path : request.visible) {
    if (!is_system(path) && !show(root, path, failure)) return false;
  }
  if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0)
    return failed(failure, "pivot_root");
  if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return failed(failure, "leave the old root");
  return true;
}

// The first process of a room: builds it, then only takes in what handlers leave behind.
[[noreturn]] void be_init(const RoomRequest& request, int report, pid_t spawner) {
  ::prctl(PR_SET_NAME, "millrace-room", 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  static_cast<void>(spawner);  // of another namespace: getppid() cannot tell
  ::dup2(report, 3);
  ::close_range(4, ~0U, 0);
  for (int fd = 0; fd < 3; ++fd)
    ::close(fd);
  Failure failure;
  const bool built = build_root(request, failure);
  if (::write(3, &failure, sizeof failure) != static_cast<ssize_t>(sizeof failure) || !built) ::_exit(1);
  ::close(3);
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (;;) {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    ::sigwaitinfo(&child, nullptr);
  }
}

// A plain fork in new namespaces.
pid_t fork_into_room() {
  return static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | SIGCHLD, nullptr,
                                      nullptr, nullptr, nullptr));
}

bool write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return good;
}

bool place(int tree, const char* where, Failure& failure) {
  if (tree < 0) return true;
  if (::syscall(SYS_move_mount, tree, "", AT_FDCWD, where, MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return failed(failure, where);
  return true;
}

bool furnish_here(const Room& room, const RoomContents& contents, Failure& failure) {
  int task = -1;
  int opt = -1;
  // Opened where the folders are, placed where the function is.
  if (!contents.task.empty() && (task = open_tree_of(contents.task)) < 0)
    return failed(failure, contents.task);
  if (!contents.opt.empty() && (opt = open_tree_of(contents.opt)) < 0) return failed(failure, contents.opt);
  for (const int tree : {task, opt}) {
    if (tree >= 0 && make_read_only(tree, "", AT_EMPTY_PATH, MOUNT_ATTR_NODEV) != 0)
      return failed(failure, "make the package read-only");
  }
  if (!enter_room(room)) return failed(failure, "enter the room");
  if (!place(task, "/var/task", failure) || !place(opt, "/opt", failure)) return false;
  if (!contents.modules.empty()) ::symlink((contents.modules + "/node_modules").c_str(), "/var/node_modules");
  const std::string size = fmt::format("mode=1777,size={}m", contents.tmp_mb);
  if (::mount(nullptr, "/tmp", nullptr, MS_REMOUNT | kPlainFiles, size.c_str()) != 0)
    return failed(failure, "/tmp");
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlainFiles, nullptr) != 0)
    return failed(failure, "a read-only root");
  return true;
}

// What `work` reports in a child of ours; its mounts and root stay its own.
template <class Work>
std::string in_child(Work work) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return "pipe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    Failure failure;
    const bool good = work(failure);
    [[maybe_unused]] const ssize_t ignored = ::write(report[1], &failure, sizeof failure);
    ::_exit(good ? 0 : 1);
  }
  ::close(report[1]);
  Failure failure{ECHILD, "a helper process"};
  [[maybe_unused]] const ssize_t n = ::read(report[0], &failure, sizeof failure);
  ::close(report[0]);
  int status = 1;
  if (pid > 0) ::waitpid(pid, &status, 0);
  return status == 0 ? std::string() : text_of(failure);
}

}  // namespace

std::string prepare_rooms() {
  Failure failure;
  if (::geteuid() != 0) {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
      failed(failure, "a user namespace");
      return text_of(failure);
    }
    write_file("/proc/self/setgroups", "deny");
    if (!write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) ||
        !write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group))) {
      failed(failure, "map the user");
      return text_of(failure);
    }
  }
  return {};
}

std::string why_no_rooms() {
#ifdef __SANITIZE_THREAD__
  // Its fork handler is not called by a bare clone(): a child may find its locks held for ever.
  return "this build has ThreadSanitizer";
#endif
  return in_child([](Failure& failure) {
    const auto say = [&failure](const std::string& text) {
      errno = failure.error != 0 ? failure.error : errno;
      return failed(failure, text);
    };
    if (const std::string why = prepare_rooms(); !why.empty()) return say(why);
    auto room = open_room({true, {}, {}});
    if (!room) return say(room.error());
    RoomContents contents;
    contents.task = "/usr";
    const std::string why = furnish(*room, contents);
    int status = -1;
    if (why.empty()) {
      const pid_t child = fork_into(*room, [&room] { ::_exit(enter_room(*room) ? 0 : 1); });
      if (child > 0) ::waitpid(child, &status, 0);
    }
    if (status != 0) say(why.empty() ? "start a process in new namespaces" : why);
    close_room(*room);
    return status == 0;
  });
}

base::Result<Room, std::string> open_room(const RoomRequest& request) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return base::fail(fmt::format("pipe: {}", std::strerror(errno)));
  const pid_t spawner = ::getpid();
  Room room;
  room.init = fork_into_room();
  if (room.init == 0) be_init(request, report[1], spawner);
  const int why = errno;
  ::close(report[1]);
  Failure failure{why, "new namespaces"};
  ssize_t n = -1;
  if (room.init > 0) {
    do {
      n = ::read(report[0], &failure, sizeof failure);
    } while (n < 0 && errno == EINTR);
    if (n != static_cast<ssize_t>(sizeof failure)) failure = {ECHILD, "the room's first process"};
    room.handle = static_cast<int>(::syscall(SYS_pidfd_open, room.init, 0));
    if (failure.error == 0 && room.handle < 0) failed(failure, "pidfd_open");
  }
  ::close(report[0]);
  if (failure.error == 0) return room;
  if (room.init > 0) close_room(room);
  return base::fail(text_of(failure));
}

std::string furnish(const Room& room, const RoomContents& contents) {
  return in_child([&](Failure& failure) { return furnish_here(room, contents, failure); });
}

// By a helper, because who has no rights over the namespace it came from cannot go back to it. The helper's clone is the caller's child.
pid_t fork_into(const Room& room, const std::function<void()>& program) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return -1;
  const pid_t helper = ::fork();
  if (helper == 0) {
    pid_t pid = -1;
    if (::setns(room.handle, CLONE_NEWPID) == 0) {
      pid = static_cast<pid_t>(
          ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
      if (pid == 0) {
        program();
        ::_exit(127);
      }
    }
    const std::array<int, 2> answer{pid, errno};
    [[maybe_unused]] const ssize_t ignored = ::write(report[1], answer.data(), sizeof answer);
    ::_exit(0);
  }
  ::close(report[1]);
  std::array<int, 2> answer{-1, errno};
  [[maybe_unused]] const ssize_t n = ::read(report[0], answer.data(), sizeof answer);
  ::close(report[0]);
  if (helper > 0) ::waitpid(helper, nullptr, 0);
  errno = answer[1];
  return answer[0];
}

bool enter_room(const Room& room) {
  return ::setns(room.handle, CLONE_NEWNS | CLONE_NEWIPC) == 0 && ::chdir("/") == 0;
}

void close_room(Room& room) {
  if (room.init > 0) ::kill(room.init, SIGKILL);  // reaped with the spawner's other children
  if (room.handle >= 0) ::close(room.handle);
  room = Room{};
}

}  // namespace millrace::runtime
