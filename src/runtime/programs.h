// Which programs run functions: what sandboxes start, and what `millrace doctor` tells.
#pragma once

#include <string>

namespace millrace::runtime {

// Absolute paths, empty when there is none. A name with a slash is taken as it is; others are looked up on PATH.
std::string find_node(const std::string& name);
// Version managers' scripts are passed over (one costs 30 ms per start); with `for_other_users` so is what these cannot reach.
std::string find_python(const std::string& name, bool for_other_users);
// Whether any user may read the file and pass through every folder above it.
bool readable_by_all(const std::string& path);

}  // namespace millrace::runtime
