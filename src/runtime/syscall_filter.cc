#include "runtime/syscall_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace millrace::runtime {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // no filter
#endif

constexpr std::uint32_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr std::array kDenied {
  // the file tree
  SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig,
      SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_swapon, SYS_swapoff, SYS_quotactl,
      SYS_open_by_handle_at, SYS_name_to_handle_at,
      // namespaces and other processes
      SYS_setns, SYS_unshare, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
      SYS_pidfd_getfd, SYS_process_madvise,
      // the kernel itself
      SYS_bpf, SYS_perf_event_open, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module,
      SYS_delete_module, SYS_reboot, SYS_syslog, SYS_acct, SYS_lookup_dcookie, SYS_userfaultfd, SYS_vhangup,
      // keys
      SYS_keyctl, SYS_add_key, SYS_request_key,
      // clocks and names of the machine
      SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname,
      SYS_setdomainname,
#if defined(__x86_64__)
      SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl,
#endif
};

// Libraries ask for these and do without: glibc takes clone() for clone3(), whose flags a filter cannot see.
constexpr std::array kMissing{SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

class Program {
 public:
  void load(std::uint32_t offset) { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }
  void answer(std::uint32_t value) { add(BPF_STMT(BPF_RET | BPF_K, value)); }
  void unless_equal_answer(std::uint32_t value, std::uint32_t given) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    answer(given);
  }
  void if_equal_answer(std::uint32_t value, std::uint32_t given) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(given);
  }
  void if_at_least_answer(std::uint32_t value, std::uint32_t given) {
    add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1));
    answer(given);
  }
  // Skips the next `size` instructions unless it is this.
  void unless_equal_skip(std::uint32_t value, std::uint8_t size) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, size));
  }
  void if_any_answer(std::uint32_t bits, std::uint32_t given) {
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    answer(given);
  }
  sock_fprog get() { return {static_cast<unsigned short>(code_.size()), code_.data()}; }

 private:
  void add(sock_filter instruction) { code_.push_back(instruction); }
  std::vector<sock_filter> code_;
};

Program make_program() {
  constexpr std::uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;
  constexpr std::uint32_t kMiss = SECCOMP_RET_ERRNO | ENOSYS;
  Program program;
  program.load(offsetof(seccomp_data, arch));
  program.unless_equal_answer(kArchitecture, kMiss);  // the numbers below would mean something else
  program.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  program.if_at_least_answer(0x40000000, kMiss);  // x32
#endif
  for (const auto number : kDenied)
    program.if_equal_answer(static_cast<std::uint32_t>(number), kDeny);
  for (const auto number : kMissing)
    program.if_equal_answer(static_cast<std::uint32_t>(number), kMiss);
  program.unless_equal_skip(SYS_clone, 3);
  program.load(offsetof(seccomp_data, args));  // the flags: the low half of the first argument
  program.if_any_answer(kNewNamespaces, kDeny);
  program.answer(SECCOMP_RET_ALLOW);
  return program;
}

}  // namespace

bool forbid_system_calls() {
  if (kArchitecture == 0) return true;
  Program program = make_program();
  const sock_fprog code = program.get();
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &code) == 0;
}

std::string why_no_filter() {
  if (kArchitecture == 0) return "not known for this processor";
  const std::uint32_t action = SECCOMP_RET_ERRNO;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) return {};
  return std::strerror(errno);
}

}  // namespace millrace::runtime
