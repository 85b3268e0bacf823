#include "engines/object/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "engines/object/object_name.h"

namespace millrace::object {
namespace {

constexpr char kTemporaries[] = ".writing";  // no bucket can have this name
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// A pipe that somebody put there must not hold us.
constexpr int kOpenFile = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

FileState state_of(const struct stat& info) {
  return {static_cast<std::uint64_t>(info.st_size),
          info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

enum class Kind { kNothing, kFile, kFolder, kOther };
Kind kind_of(int folder, const std::string& name) {
  struct stat info {};
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Kind::kNothing;
  if (S_ISREG(info.st_mode)) return Kind::kFile;
  return S_ISDIR(info.st_mode) ? Kind::kFolder : Kind::kOther;
}

// The name that an object's file has, or would get, in its folder.
std::string name_in(int folder, const std::string& name) {
  const Kind kind = kind_of(folder, name);
  if (kind == Kind::kFile || kind == Kind::kOther) return name;
  const std::string beside = beside_folder(name);
  return kind == Kind::kFolder || kind_of(folder, beside) == Kind::kFile ? beside : name;
}

void sync_if(bool sync, int fd) {
  if (sync) static_cast<void>(::fsync(fd));
}

// Opens a folder in a folder, making it when it is missing. An object of that name moves beside it.
Handle make_folder(int parent, const std::string& name, bool sync) {
  if (kind_of(parent, name) == Kind::kFile &&
      ::renameat(parent, name.c_str(), parent, beside_folder(name).c_str()) != 0)
    return {};
  if (::mkdirat(parent, name.c_str(), 0777) == 0)
    sync_if(sync, parent);
  else if (errno != EEXIST)
    return {};
  return Handle(::openat(parent, name.c_str(), kOpenFolder));
}

// Entries of a folder with what they add to the key, in the order of the keys.
struct Entry {
  std::string part;
  std::string name;
  bool is_folder = false;
};
std::vector<Entry> read_folder(int folder) {
  std::vector<Entry> entries;
  const int copy = ::openat(folder, ".", kOpenFolder);
  const std::unique_ptr<DIR, int (*)(DIR*)> reader(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!reader) return entries;
  while (const dirent* found = ::readdir(reader.get())) {
    const std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    const Kind kind = kind_of(folder, name);
    if (kind != Kind::kFile && kind != Kind::kFolder) continue;
    auto part = key_part(name, kind == Kind::kFolder);
    if (part) entries.push_back({std::move(*part), name, kind == Kind::kFolder});
  }
  // An object comes before the folder that goes on with its name.
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.part != b.part ? a.part < b.part : a.is_folder < b.is_folder;
  });
  return entries;
}

// Walks a bucket in the order of its keys.
class Lister {
 public:
  explicit Lister(const ListRequest& request) : request_(request) {}

  // False: enough was found.
  bool walk(int folder, const std::string& base) {
    for (const Entry& entry : read_folder(folder)) {
      const std::string key = base + entry.part;
      names_.push_back(entry.name);
      const bool go_on = entry.is_folder ? enter(folder, entry, key) : take(folder, entry, key);
      names_.pop_back();
      if (!go_on) return false;
    }
    return true;
  }

  ListedFiles found;

 private:
  bool enter(int folder, const Entry& entry, const std::string& key) {
    if (key.size() > kMaxKeyBytes) return true;
    const bool wanted = key.starts_with(request_.prefix) || request_.prefix.starts_with(key);
    const bool passed = request_.after > key && !request_.after.starts_with(key);
    if (!wanted || passed) return true;
    const Handle inner(::openat(folder, entry.name.c_str(), kOpenFolder));
    return !inner || walk(inner.get(), key);
  }

  bool take(int folder, const Entry& entry, const std::string& key) {
    if (key <= request_.after || !key.starts_with(request_.prefix) || !leads_here(key)) return true;
    if (found.files.size() == request_.limit) {
      found.more = true;
      return false;
    }
    struct stat info {};
    if (::fstatat(folder, entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
      found.files.push_back({key, state_of(info)});
    return true;
  }

  // A file with a name that we would not give is no object: its key would lead elsewhere.
  bool leads_here(const std::string& key) const {
    const auto path = path_of_key(key);
    if (!path || path->size() != names_.size()) return false;
    if (!std::equal(path->begin(), path->end() - 1, names_.begin())) return false;
    return names_.back() == path->back() || names_.back() == beside_folder(path->back());
  }

  const ListRequest& request_;
  std::vector<std::string> names_;
};

}  // namespace

Handle::~Handle() {
  if (fd_ >= 0) ::close(fd_);
}

Files::Files(std::string folder, bool sync) : folder_(std::move(folder)), sync_(sync) {
  std::error_code ignored;
  const std::filesystem::path temporaries = std::filesystem::path(folder_) / kTemporaries;
  std::filesystem::remove_all(temporaries, ignored);
  std::filesystem::create_directories(temporaries, ignored);
  root_ = Handle(::open(folder_.c_str(), kOpenFolder));
  temporary_ = Handle(::open(temporaries.c_str(), kOpenFolder));
}

ObjectError Files::failed(const char* what) const {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  return {full ? ObjectErrorKind::kDiskFull : ObjectErrorKind::kIo,
          std::string(what) + " in " + folder_ + ": " + std::strerror(error)};
}

ObjectResult<Handle> Files::open_bucket(const std::string& bucket) const {
  if (!is_bucket_name(bucket)) return object_error(ObjectErrorKind::kNoBucket);
  Handle folder(::openat(root_.get(), bucket.c_str(), kOpenFolder));
  if (folder) return folder;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return object_error(ObjectErrorKind::kNoBucket);
  return base::fail(failed("cannot open a bucket"));
}

ObjectResult<void> Files::create_bucket(const std::string& bucket) {
  if (!is_bucket_name(bucket)) return object_error(ObjectErrorKind::kBadBucketName);
  const std::lock_guard lock(names_);
  if (::mkdirat(root_.get(), bucket.c_str(), 0777) == 0) {
    sync_if(sync_, root_.get());
    return {};
  }
  if (errno == EEXIST) return object_error(ObjectErrorKind::kBucketExists);
  return base::fail(failed("cannot make a bucket"));
}

ObjectResult<void> Files::remove_bucket(const std::string& bucket) {
  ListRequest any;
  any.bucket = bucket;
  any.limit = 1;
  const auto held = list(any);
  if (!held) return base::fail(held.error());
  if (!held->files.empty()) return object_error(ObjectErrorKind::kBucketNotEmpty);
  const std::lock_guard lock(names_);
  if (::unlinkat(root_.get(), bucket.c_str(), AT_REMOVEDIR) == 0) {
    sync_if(sync_, root_.get());
    return {};
  }
  // Files that are no objects keep it.
  if (errno == ENOTEMPTY || errno == EEXIST) return object_error(ObjectErrorKind::kBucketNotEmpty);
  return base::fail(failed("cannot remove a bucket"));
}

bool Files::has_bucket(const std::string& bucket) const {
  return is_bucket_name(bucket) && kind_of(root_.get(), bucket) == Kind::kFolder;
}

std::vector<std::string> Files::buckets() const {
  std::vector<std::string> names;
  for (const Entry& entry : read_folder(root_.get())) {
    if (entry.is_folder && is_bucket_name(entry.name)) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  return names;
}

ObjectResult<Handle> Files::create_temporary(std::string& name) {
  {
    const std::lock_guard lock(names_);
    name = std::to_string(++next_temporary_);
  }
  Handle file(::openat(temporary_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) return base::fail(failed("cannot begin an object"));
  return file;
}

void Files::remove_temporary(const std::string& name) {
  ::unlinkat(temporary_.get(), name.c_str(), 0);
}

ObjectResult<FileState> Files::seal(const Handle& file, std::int64_t modified_ns) const {
  timespec times[2];
  times[0].tv_sec = times[1].tv_sec = modified_ns / 1'000'000'000;
  times[0].tv_nsec = times[1].tv_nsec = modified_ns % 1'000'000'000;
  struct stat info {};
  if (::futimens(file.get(), times) != 0 || (sync_ && ::fsync(file.get()) != 0) ||
      ::fstat(file.get(), &info) != 0)
    return base::fail(failed("cannot finish an object"));
  return state_of(info);
}

ObjectResult<void> Files::publish(const std::string& temporary, const std::string& bucket,
                                  const std::string& key) {
  const auto path = path_of_key(key);
  if (!path) return object_error(ObjectErrorKind::kBadKey);
  const std::lock_guard lock(names_);
  auto folder = open_bucket(bucket);
  if (!folder) return base::fail(folder.error());
  for (auto name = path->begin(); name != path->end() - 1; ++name) {
    *folder = make_folder(folder->get(), *name, sync_);
    if (!*folder) return base::fail(failed("cannot make a folder"));
  }
  const std::string name = name_in(folder->get(), path->back());
  if (::renameat(temporary_.get(), temporary.c_str(), folder->get(), name.c_str()) != 0)
    return base::fail(failed("cannot name an object"));
  if (sync_ && ::fsync(folder->get()) != 0) return base::fail(failed("cannot sync a folder"));
  return {};
}

ObjectResult<OpenFile> Files::open(const std::string& bucket, const std::string& key) const {
  const auto path = path_of_key(key);
  const std::lock_guard lock(names_);
  auto folder = open_bucket(bucket);
  if (!folder) return base::fail(folder.error());
  if (!path) return object_error(ObjectErrorKind::kNoKey);
  for (auto name = path->begin(); name != path->end() - 1; ++name) {
    *folder = Handle(::openat(folder->get(), name->c_str(), kOpenFolder));
    if (!*folder) return object_error(ObjectErrorKind::kNoKey);
  }
  const std::string name = name_in(folder->get(), path->back());
  OpenFile opened{Handle(::openat(folder->get(), name.c_str(), kOpenFile)), {}};
  struct stat info {};
  if (!opened.file || ::fstat(opened.file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    if (opened.file || errno == ENOENT || errno == ELOOP) return object_error(ObjectErrorKind::kNoKey);
    return base::fail(failed("cannot open an object"));
  }
  opened.state = state_of(info);
  return opened;
}

ObjectResult<void> Files::remove(const std::string& bucket, const std::string& key) {
  const auto path = path_of_key(key);
  const std::lock_guard lock(names_);
  std::vector<Handle> folders(1);
  auto opened = open_bucket(bucket);
  if (!opened) return base::fail(opened.error());
  folders[0] = std::move(*opened);
  if (!path) return {};
  for (auto name = path->begin(); name != path->end() - 1; ++name) {
    Handle next(::openat(folders.back().get(), name->c_str(), kOpenFolder));
    if (!next) return {};
    folders.push_back(std::move(next));
  }
  const std::string name = name_in(folders.back().get(), path->back());
  if (::unlinkat(folders.back().get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT || errno == EISDIR) return {};
    return base::fail(failed("cannot remove an object"));
  }
  sync_if(sync_, folders.back().get());
  // Folders that it leaves empty go with it.
  for (std::size_t i = folders.size() - 1; i > 0; --i) {
    if (::unlinkat(folders[i - 1].get(), (*path)[i - 1].c_str(), AT_REMOVEDIR) != 0) break;
  }
  return {};
}

ObjectResult<ListedFiles> Files::list(const ListRequest& request) const {
  auto folder = open_bucket(request.bucket);
  if (!folder) return base::fail(folder.error());
  Lister lister(request);
  lister.walk(folder->get(), "");
  return std::move(lister.found);
}

}  // namespace millrace::object
