#include "runtime/code_store.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "runtime/unzip.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Kind = CodeError::Kind;

tl::unexpected<CodeError> fail(Kind kind, std::string message) {
  return tl::unexpected<CodeError>(CodeError{kind, std::move(message)});
}
tl::unexpected<CodeError> disk_failure(const std::string& what) {
  return fail(Kind::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

template <class Work>
base::Task<std::invoke_result_t<Work>> call(Work work) {
  co_return work();
}
// Runs `work` on the pool; the awaiting task resumes where it was.
template <class Work>
base::Task<std::invoke_result_t<Work>> on_pool(asio::thread_pool& pool, Work work) {
  co_return co_await asio::co_spawn(pool.get_executor(), call(std::move(work)), asio::use_awaitable);
}

base::Result<void, CodeError> sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return disk_failure(folder);
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) return disk_failure(folder);
  return {};
}

base::Result<void, CodeError> write_durably(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return disk_failure(temporary);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  const bool written = at == bytes.size() && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    if (!written) errno = why;
    auto failure = disk_failure(path);
    ::unlink(temporary.c_str());
    return failure;
  }
  return sync_folder(fs::path(path).parent_path().string());
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Unpacked trees are not synced file by file. A tree is trusted while the machine has not restarted since it
// was written (the page cache outlives a killed server); after a restart it is unpacked again from the zip,
// which is synced.
const std::string& boot_id() {
  static const std::string id = read_file("/proc/sys/kernel/random/boot_id");
  return id;
}
std::string marker_of(const std::string& tree) {
  return tree + ".whole";
}
bool is_whole(const std::string& tree) {
  std::error_code ignored;
  return fs::is_directory(tree, ignored) && read_file(marker_of(tree)) == boot_id();
}
void mark_whole(const std::string& tree) {
  std::ofstream(marker_of(tree)) << boot_id();
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

constexpr std::string_view kHot = "hot:";
constexpr std::size_t kHotFiles = 50000;  // more are not looked at

std::string fingerprint_of(const std::string& folder) {
  std::string seen;
  std::error_code error;
  std::size_t count = 0;
  for (auto at =
           fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
       !error && at != fs::recursive_directory_iterator() && count < kHotFiles;
       at.increment(error), ++count) {
    struct stat info {};
    if (::stat(at->path().c_str(), &info) != 0) continue;
    seen += fmt::format("{} {} {}.{} {}\n", at->path().string(), info.st_size, info.st_mtim.tv_sec,
                        info.st_mtim.tv_nsec, info.st_ino);
    const std::string name = at->path().filename().string();
    if (S_ISDIR(info.st_mode) && (name == "node_modules" || name == ".git")) at.disable_recursion_pending();
  }
  return base::hex_encode(base::sha256(seen)).substr(0, 32);
}

}  // namespace

CodeLayout layout_of(const FunctionSpec& function) {
  if (!function.runtime_id.starts_with("nodejs") || !function.layer_sha256.empty()) return CodeLayout::kPlain;
  const int major = std::atoi(function.runtime_id.c_str() + 6);
  return major != 0 && major <= 16 ? CodeLayout::kNodeSdkV2 : CodeLayout::kNodeSdkV3;
}

CodeStore::CodeStore(std::string folder, std::string node_sdk_v2, std::string node_sdk_v3, CodeLimits limits)
    : folder_(fs::absolute(folder).lexically_normal().string()),
      node_sdk_v2_(std::move(node_sdk_v2)),
      node_sdk_v3_(std::move(node_sdk_v3)),
      limits_(limits) {
  while (folder_.size() > 1 && folder_.back() == '/')
    folder_.pop_back();
}

CodeStore::~CodeStore() {
  threads_.join();
}

base::Task<base::Result<StoredCode, CodeError>> CodeStore::put(std::string zip, CodeLayout layout) {
  auto work = [this, zip = std::move(zip), layout] { return put_now(zip, layout); };
  co_return co_await on_pool(threads_, std::move(work));
}

base::Task<base::Result<std::string, CodeError>> CodeStore::unpacked(std::string sha256_hex,
                                                                     CodeLayout layout) {
  if (is_hot(sha256_hex)) {
    std::string folder = sha256_hex.substr(kHot.size());
    std::error_code error;
    if (!fs::is_directory(folder, error))
      co_return fail(Kind::kNotFound, folder + " is no folder (any more)");
    co_return folder;
  }
  std::string tree = layout_folder(layout) + "/" + sha256_hex;
  if (is_known(tree)) co_return tree;
  auto work = [this, sha256_hex = std::move(sha256_hex), layout] { return unpacked_now(sha256_hex, layout); };
  co_return co_await on_pool(threads_, std::move(work));
}

std::string CodeStore::hot_name(std::string_view folder) {
  return std::string(kHot) + std::string(folder);
}

bool CodeStore::is_hot(std::string_view sha256_hex) {
  return sha256_hex.starts_with(kHot);
}

base::Task<std::string> CodeStore::fingerprint(std::string hot_name) {
  auto work = [folder = hot_name.substr(kHot.size())] { return fingerprint_of(folder); };
  co_return co_await on_pool(threads_, std::move(work));
}

base::Task<base::Result<std::string, CodeError>> CodeStore::read(std::string sha256_hex) {
  auto work = [this, sha256_hex = std::move(sha256_hex)] { return read_now(sha256_hex); };
  co_return co_await on_pool(threads_, std::move(work));
}

base::Task<base::Result<std::string, CodeError>> CodeStore::layers(std::vector<std::string> sha256_hex) {
  if (sha256_hex.empty()) co_return std::string();
  auto work = [this, sha256_hex = std::move(sha256_hex)] { return layers_now(sha256_hex); };
  co_return co_await on_pool(threads_, std::move(work));
}

base::Task<base::Result<void, CodeError>> CodeStore::remove(std::string sha256_hex) {
  auto work = [this, sha256_hex = std::move(sha256_hex)] { return remove_now(sha256_hex); };
  co_return co_await on_pool(threads_, std::move(work));
}

std::string CodeStore::zip_path(std::string_view sha256_hex) const {
  return fmt::format("{}/zip/{}.zip", folder_, sha256_hex);
}

std::string CodeStore::layout_folder(CodeLayout layout) const {
  switch (layout) {
    case CodeLayout::kNodeSdkV2:
      return folder_ + "/node-sdk-v2";
    case CodeLayout::kNodeSdkV3:
      return folder_ + "/node-sdk-v3";
    case CodeLayout::kPlain:
      break;
  }
  return folder_ + "/plain";
}

bool CodeStore::is_known(const std::string& tree) {
  const std::lock_guard lock(mutex_);
  return known_.contains(tree);
}

void CodeStore::set_known(const std::string& tree, bool known) {
  const std::lock_guard lock(mutex_);
  if (known) {
    known_[tree] = true;
  } else {
    known_.erase(tree);
  }
}

// Makes the layout's folder, with the SDK's node_modules beside the packages where Node looks for imports.
base::Result<void, CodeError> CodeStore::prepare_layout(CodeLayout layout) {
  const std::string root = layout_folder(layout);
  std::error_code error;
  fs::create_directories(root, error);
  fs::create_directories(folder_ + "/zip", error);
  if (error) return fail(Kind::kIo, fmt::format("{}: {}", root, error.message()));
  const std::string& sdk = layout == CodeLayout::kNodeSdkV2 ? node_sdk_v2_ : node_sdk_v3_;
  if (layout == CodeLayout::kPlain || sdk.empty()) return {};
  const std::string link = root + "/node_modules";
  const std::string target = fs::absolute(sdk).lexically_normal().string() + "/node_modules";
  if (fs::read_symlink(link, error).string() == target) return {};
  ::unlink(link.c_str());
  if (::symlink(target.c_str(), link.c_str()) != 0 && errno != EEXIST) return disk_failure(link);
  return {};
}

base::Result<StoredCode, CodeError> CodeStore::put_now(const std::string& zip, CodeLayout layout) {
  const std::string hash = base::sha256(zip);
  StoredCode stored{base::hex_encode(hash), base::base64_encode(hash), zip.size(), unpacked_size(zip)};
  const std::lock_guard lock(work_);
  if (auto ready = prepare_layout(layout); !ready) return base::fail(ready.error());
  const std::string tree = layout_folder(layout) + "/" + stored.sha256_hex;
  const std::string path = zip_path(stored.sha256_hex);
  std::error_code ignored;
  if (is_known(tree) && fs::exists(path, ignored)) return stored;

  const std::string unpacking = tree + ".tmp";
  remove_tree(unpacking);
  if (auto done = unzip(zip, unpacking, limits_); !done) return base::fail(done.error());
  if (auto kept = write_durably(path, zip); !kept) {
    remove_tree(unpacking);
    return base::fail(kept.error());
  }
  remove_tree(tree);
  if (::rename(unpacking.c_str(), tree.c_str()) != 0) return disk_failure(tree);
  mark_whole(tree);
  set_known(tree, true);
  return stored;
}

base::Result<std::string, CodeError> CodeStore::unpacked_now(const std::string& sha256_hex,
                                                             CodeLayout layout) {
  if (!is_hash(sha256_hex)) return fail(Kind::kNotFound, "not a SHA-256: " + sha256_hex);
  const std::lock_guard lock(work_);
  if (auto ready = prepare_layout(layout); !ready) return base::fail(ready.error());
  std::string tree = layout_folder(layout) + "/" + sha256_hex;
  if (!is_known(tree) && !is_whole(tree)) {
    auto zip = read_now(sha256_hex);
    if (!zip) return zip;
    remove_tree(tree);
    if (auto done = unzip(*zip, tree, limits_); !done) return base::fail(done.error());
    mark_whole(tree);
  }
  set_known(tree, true);
  return tree;
}

base::Result<std::string, CodeError> CodeStore::read_now(const std::string& sha256_hex) {
  const std::string path = zip_path(sha256_hex);
  std::error_code ignored;
  if (!is_hash(sha256_hex) || !fs::exists(path, ignored))
    return fail(Kind::kNotFound, "no package " + sha256_hex);
  std::string zip = read_file(path);
  if (base::hex_encode(base::sha256(zip)) != sha256_hex) return fail(Kind::kIo, path + ": damaged");
  return zip;
}

base::Result<std::string, CodeError> CodeStore::layers_now(const std::vector<std::string>& sha256_hex) {
  std::string key;
  for (const std::string& hash : sha256_hex)
    key += hash;
  const std::lock_guard lock(work_);
  if (auto ready = prepare_layout(CodeLayout::kPlain); !ready) return base::fail(ready.error());
  std::string tree = folder_ + "/plain/opt-" + base::hex_encode(base::sha256(key)).substr(0, 32);
  if (!is_known(tree) && !is_whole(tree)) {
    remove_tree(tree);
    for (const std::string& hash : sha256_hex) {
      auto zip = read_now(hash);
      if (!zip) return zip;
      if (auto done = unzip(*zip, tree, limits_, true); !done) return base::fail(done.error());
    }
    mark_whole(tree);
  }
  set_known(tree, true);
  return tree;
}

base::Result<void, CodeError> CodeStore::remove_now(const std::string& sha256_hex) {
  if (!is_hash(sha256_hex)) return {};
  const std::lock_guard lock(work_);
  for (const CodeLayout layout : {CodeLayout::kPlain, CodeLayout::kNodeSdkV2, CodeLayout::kNodeSdkV3}) {
    const std::string tree = layout_folder(layout) + "/" + sha256_hex;
    set_known(tree, false);
    ::unlink(marker_of(tree).c_str());
    remove_tree(tree);
  }
  const std::string path = zip_path(sha256_hex);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return disk_failure(path);
  return {};
}

}  // namespace millrace::runtime
