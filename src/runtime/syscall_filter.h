// What no function needs of the kernel is denied to it: mounts, namespaces, other processes' memory, keys, modules, eBPF, clocks. A
// seccomp filter that a process puts on itself, for good, and that its children inherit.
// https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
#pragma once

#include <string>

namespace millrace::runtime {

// On the calling thread; PR_SET_NO_NEW_PRIVS must be set. Denied calls fail with EPERM, those a library can do without with ENOSYS.
// False with errno when the kernel refuses the filter.
bool forbid_system_calls();

// Empty when the kernel filters, else why not.
std::string why_no_filter();

}  // namespace millrace::runtime
