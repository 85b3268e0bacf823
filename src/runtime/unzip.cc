#include "runtime/unzip.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <zip.h>

#include <fmt/format.h>

namespace millrace::runtime {
namespace {

namespace fs = std::filesystem;
using Kind = CodeError::Kind;
using Done = base::Result<void, CodeError>;

constexpr std::uint64_t kLinkTargetLimit = 4096;

struct ArchiveClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct EntryClose {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, ArchiveClose>;
using Entry = std::unique_ptr<zip_file_t, EntryClose>;

tl::unexpected<CodeError> fail(Kind kind, std::string message) {
  return tl::unexpected<CodeError>(CodeError{kind, std::move(message)});
}
tl::unexpected<CodeError> disk_failure(const std::string& what) {
  return fail(Kind::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

// "a/b" for a name that stays inside the package; empty for one that does not (or names the package itself).
std::string safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos) return {};
  fs::path clean;
  for (const fs::path& part : fs::path(name)) {
    if (part == "..") return {};
    if (part != "." && !part.empty()) clean /= part;
  }
  return clean.string();
}

bool link_stays_inside(const std::string& link_name, const std::string& target) {
  if (target.empty() || target.front() == '/') return false;
  const fs::path resolved = (fs::path(link_name).parent_path() / target).lexically_normal();
  return resolved.empty() || *resolved.begin() != "..";
}

class Unpacker {
 public:
  Unpacker(zip_t* archive, fs::path folder, const CodeLimits& limits)
      : archive_(archive), folder_(std::move(folder)), limits_(limits) {}

  Done run() {
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    if (count == 0) return fail(Kind::kEmpty, "The package has no files.");
    if (static_cast<std::uint64_t>(count) > limits_.entries) {
      return fail(Kind::kTooMany,
                  fmt::format("The package has {} entries; at most {} are allowed.", count, limits_.entries));
    }
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
      if (Done one = entry(i); !one) return one;
    }
    return links();
  }

 private:
  Done entry(zip_uint64_t index) {
    zip_stat_t stat;
    if (zip_stat_index(archive_, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0) {
      return fail(Kind::kNotZip, zip_strerror(archive_));
    }
    const std::string_view raw = stat.name;
    const std::string name = safe_name(raw);
    if (name.empty()) {
      if (raw == "./" || raw == ".") return {};
      return fail(Kind::kUnsafeName, fmt::format("The entry name leaves the package: {}", raw));
    }
    // Declared sizes refuse a bomb early; copy() counts what really comes out.
    if ((stat.valid & ZIP_STAT_SIZE) != 0 && stat.size > limits_.unpacked_bytes - unpacked_)
      return too_large();
    if (raw.back() == '/') return make_folder(folder_ / name);
    if (Done parent = make_folder((folder_ / name).parent_path()); !parent) return parent;

    const mode_t mode = mode_of(index);
    Entry open(zip_fopen_index(archive_, index, 0));
    if (!open) return fail(Kind::kNotZip, fmt::format("{}: {}", name, zip_strerror(archive_)));
    if (S_ISLNK(mode)) return remember_link(*open, name);
    return file(*open, name, mode);
  }

  mode_t mode_of(zip_uint64_t index) {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive_, index, 0, &system, &attributes) != 0) return 0;
    return system == ZIP_OPSYS_UNIX ? static_cast<mode_t>(attributes >> 16) : 0;
  }

  Done file(zip_file_t& open, const std::string& name, mode_t mode) {
    const fs::path path = folder_ / name;
    ::unlink(path.c_str());
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
      if (errno == EISDIR || errno == EEXIST || errno == ENAMETOOLONG) {
        return fail(Kind::kNotZip, fmt::format("{}: {}", name, std::strerror(errno)));
      }
      return disk_failure(name);
    }
    Done copied = copy(open, fd, name);
    if (copied && ::fchmod(fd, (mode & 0111) != 0 ? 0555 : 0444) != 0) copied = disk_failure(name);
    ::close(fd);
    return copied;
  }

  Done copy(zip_file_t& open, int fd, const std::string& name) {
    for (;;) {
      const zip_int64_t n = zip_fread(&open, buffer_.data(), buffer_.size());
      if (n == 0) return {};
      if (n < 0) return fail(Kind::kNotZip, fmt::format("{}: {}", name, zip_file_strerror(&open)));
      unpacked_ += static_cast<std::uint64_t>(n);
      if (unpacked_ > limits_.unpacked_bytes) return too_large();
      for (zip_int64_t at = 0; at < n;) {
        const ssize_t written = ::write(fd, buffer_.data() + at, static_cast<std::size_t>(n - at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return disk_failure(name);
        at += written;
      }
    }
  }

  // Links are made last, so that no file is ever written through one.
  Done remember_link(zip_file_t& open, const std::string& name) {
    std::string target(kLinkTargetLimit, '\0');
    const zip_int64_t n = zip_fread(&open, target.data(), target.size());
    if (n < 0) return fail(Kind::kNotZip, fmt::format("{}: {}", name, zip_file_strerror(&open)));
    target.resize(static_cast<std::size_t>(n));
    if (!link_stays_inside(name, target)) {
      return fail(Kind::kUnsafeName, fmt::format("The link leaves the package: {} -> {}", name, target));
    }
    links_.emplace_back(name, std::move(target));
    return {};
  }

  Done links() {
    std::error_code error;
    for (const auto& [name, target] : links_) {
      const fs::path path = folder_ / name;
      ::unlink(path.c_str());
      if (::symlink(target.c_str(), path.c_str()) != 0)
        return fail(Kind::kNotZip, fmt::format("{}: {}", name, std::strerror(errno)));
    }
    // Links through links may still climb out; only the finished tree tells.
    const std::string root = fs::canonical(folder_, error).string();
    for (const auto& [name, target] : links_) {
      const std::string real = fs::weakly_canonical(folder_ / name, error).string();
      if (error || (real != root && !real.starts_with(root + "/"))) {
        return fail(Kind::kUnsafeName, fmt::format("The link leaves the package: {} -> {}", name, target));
      }
    }
    return {};
  }

  Done make_folder(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (!error) return {};
    if (error == std::errc::not_a_directory || error == std::errc::file_exists ||
        error == std::errc::filename_too_long) {
      return fail(Kind::kNotZip, fmt::format("{}: {}", path.filename().string(), error.message()));
    }
    return fail(Kind::kIo, fmt::format("{}: {}", path.string(), error.message()));
  }

  tl::unexpected<CodeError> too_large() const {
    return fail(Kind::kTooLarge,
                fmt::format("Unzipped size must be smaller than {} bytes", limits_.unpacked_bytes));
  }

  zip_t* archive_;
  fs::path folder_;
  CodeLimits limits_;
  std::uint64_t unpacked_ = 0;
  std::vector<std::pair<std::string, std::string>> links_;
  std::array<char, 64 << 10> buffer_;
};

}  // namespace

base::Result<void, CodeError> unzip(const std::string& zip, const std::string& folder,
                                    const CodeLimits& limits, bool merge_into_existing) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(zip.data(), zip.size(), 0, &error);
  // The directory at the end counts, as for most tools. Archives that were written as a stream (bsdtar, cmake -E tar) have other sizes
  // before their entries, so consistency of both is not asked for.
  Archive archive(source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!archive) {
    std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (source != nullptr) zip_source_free(source);
    return fail(Kind::kNotZip, std::move(why));
  }
  zip_error_fini(&error);
  if (::mkdir(folder.c_str(), 0755) != 0 && !(merge_into_existing && errno == EEXIST))
    return disk_failure(folder);
  auto unpacker = std::make_unique<Unpacker>(archive.get(), folder, limits);
  Done done = unpacker->run();
  if (!done) remove_tree(folder);
  return done;
}

std::uint64_t unpacked_size(const std::string& zip) {
  zip_source_t* source = zip_source_buffer_create(zip.data(), zip.size(), 0, nullptr);
  Archive archive(source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, nullptr));
  if (!archive) {
    if (source != nullptr) zip_source_free(source);
    return 0;
  }
  std::uint64_t total = 0;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &stat) == 0 &&
        (stat.valid & ZIP_STAT_SIZE) != 0)
      total += stat.size;
  }
  return total;
}

void remove_tree(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace millrace::runtime
