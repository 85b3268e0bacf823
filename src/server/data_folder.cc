#include "server/data_folder.h"

#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace millrace::server {
namespace fs = std::filesystem;

base::Result<DataFolder, std::string> prepare_data_folder(const std::string& path) {
  std::error_code error;
  const fs::path root = fs::absolute(path, error);
  DataFolder folder{root, root / "store", root / "code", root / "objects"};
  for (const std::string& part : {folder.root, folder.store, folder.code, folder.objects}) {
    fs::create_directories(part, error);
    if (error) {
      return base::fail(fmt::format(
          "Cannot make the data folder {}: {}. Choose another with --data, or make it writable for user {}.",
          part, error.message(), ::geteuid()));
    }
    if (::access(part.c_str(), W_OK | X_OK) != 0) {
      return base::fail(fmt::format(
          "The data folder {} is not writable for user {}. Choose another with --data, or change its owner.",
          part, ::geteuid()));
    }
  }
  // Functions run as other users: they may reach their code below the folder, and never the store.
  fs::permissions(folder.root, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec, error);
  fs::permissions(folder.store, fs::perms::owner_all, error);
  return folder;
}

}  // namespace millrace::server
