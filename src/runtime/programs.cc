#include "runtime/programs.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace millrace::runtime {
namespace {

namespace fs = std::filesystem;

// Version managers put scripts on PATH that look for the program each time; a sandbox starts the program itself.
bool is_script(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return file.get() == '#' && file.get() == '!';
}

std::string find_program(const std::string& name, const std::function<bool(const std::string&)>& acceptable) {
  if (name.find('/') != std::string::npos) return fs::absolute(name).string();
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = fmt::format("{}/{}", rest.substr(0, end), name);
    if (::access(candidate.c_str(), X_OK) == 0 && acceptable(candidate)) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace

std::string find_node(const std::string& name) {
  return find_program(name, [](const std::string&) { return true; });
}

std::string find_python(const std::string& name, bool for_other_users) {
  return find_program(name, [for_other_users](const std::string& path) {
    return !is_script(path) && (!for_other_users || readable_by_all(path));
  });
}

bool readable_by_all(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & S_IROTH) == 0) return false;
  for (fs::path at = fs::canonical(path).parent_path(); !at.empty(); at = at.parent_path()) {
    if (::stat(at.c_str(), &info) != 0 || (info.st_mode & S_IXOTH) == 0) return false;
    if (at == at.root_path()) break;
  }
  return true;
}

}  // namespace millrace::runtime
