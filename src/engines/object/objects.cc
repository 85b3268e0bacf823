#include "engines/object/objects.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/log.h"
#include "engines/object/object_name.h"
#include "store/suspended.h"

namespace millrace::object {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

// MD5 of what passes by.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) != 1)
      throw std::runtime_error("openssl: MD5");
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string finish() {
    std::string out(16, '\0');
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

auto io_failed(const char* what) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return object_error(full ? ObjectErrorKind::kDiskFull : ObjectErrorKind::kIo,
                      std::string(what) + ": " + std::strerror(errno));
}

ObjectResult<void> write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_failed("cannot write an object");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

ObjectResult<std::string> read_all(int file, std::uint64_t offset, std::size_t limit) {
  std::string out(limit, '\0');
  std::size_t used = 0;
  while (used < limit) {
    const auto got = ::pread(file, out.data() + used, limit - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failed("cannot read an object");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  out.resize(used);
  return out;
}

ObjectInfo info_of(std::string key, const FileState& state, const Known* known) {
  ObjectInfo info;
  info.key = std::move(key);
  info.size = state.size;
  info.last_modified = state.modified();
  if (known) {
    info.etag = base::hex_encode(known->md5);
    info.attributes = known->attributes;
  }
  return info;
}

auto store_failed() {
  return object_error(ObjectErrorKind::kStore);
}

}  // namespace

template <class Work>
base::Task<std::invoke_result_t<Work>> Objects::on_pool(Work work) {
  std::optional<std::invoke_result_t<Work>> result;
  std::exception_ptr bug;
  co_await store::suspend([&](std::unique_ptr<store::Suspended> who) {
    pool_.run([&work, &result, &bug, sleeper = std::move(who)]() mutable {
      try {
        result.emplace(work());
      } catch (...) {
        bug = std::current_exception();
      }
      store::Sleepers sleepers;
      sleepers.push_back(std::move(sleeper));
      store::resume_all(std::move(sleepers));
    });
  });
  if (bug) std::rethrow_exception(bug);
  co_return std::move(*result);
}

struct ObjectWriter::State {
  Objects& objects;
  std::string bucket;
  std::string key;
  ObjectAttributes attributes;
  std::string temporary = {};
  Handle file = {};
  Digest digest = {};
  bool published = false;
};

ObjectWriter::ObjectWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

ObjectWriter::~ObjectWriter() {
  if (!state_->published) state_->objects.files_.remove_temporary(state_->temporary);
}

base::Task<ObjectResult<void>> ObjectWriter::write(std::string bytes) {
  State& state = *state_;
  auto work = [&state, &bytes] {
    state.digest.add(bytes);
    return write_all(state.file.get(), bytes);
  };
  co_return co_await state.objects.on_pool(work);
}

// First the store learns what the file will be, beside what it was; then the file gets its name. A crash in between leaves the
// old content with its old entry.
base::Task<ObjectResult<ObjectInfo>> ObjectWriter::commit() {
  State& state = *state_;
  Objects& objects = state.objects;
  Known known;
  known.md5 = state.digest.finish();
  known.attributes = state.attributes;
  const std::int64_t time = objects.next_time();
  auto seal = [&state, &objects, time] { return objects.files_.seal(state.file, time); };
  auto sealed = co_await objects.on_pool(seal);
  if (!sealed) co_return base::fail(std::move(sealed.error()));
  known.state = *sealed;
  ObjectInfo info = info_of(state.key, known.state, &known);
  auto remembered = co_await objects.remember_known(state.bucket, state.key, std::move(known));
  if (!remembered) co_return base::fail(std::move(remembered.error()));
  auto publish = [&state, &objects] {
    return objects.files_.publish(state.temporary, state.bucket, state.key);
  };
  auto published = co_await objects.on_pool(publish);
  if (!published) co_return base::fail(std::move(published.error()));
  state.published = true;
  co_return info;
}

base::Task<ObjectResult<std::string>> ObjectReader::read(std::uint64_t offset, std::size_t limit) {
  const int file = file_.get();
  auto work = [file, offset, limit] { return read_all(file, offset, limit); };
  co_return co_await objects_.on_pool(work);
}

Objects::Objects(std::string folder, store::Store& store, const base::Clock& clock,
                 store::Durability durability)
    : store_(store), clock_(clock), files_(std::move(folder), durability == store::Durability::kSync) {}
Objects::~Objects() = default;

// Of the clock, and later than that of any content before.
std::int64_t Objects::next_time() {
  const std::int64_t now = clock_.now().time_since_epoch().count();
  std::int64_t last = last_time_.load();
  std::int64_t next = 0;
  do
    next = std::max(now, last + 1);
  while (!last_time_.compare_exchange_weak(last, next));
  return next * 1000;
}

base::Task<ObjectResult<Objects::Records>> Objects::records(std::string bucket,
                                                            std::vector<std::string> keys) {
  Records found;
  auto done = co_await store_.read([&](store::Reader& view) -> base::Result<void, store::StoreError> {
    found.clear();
    for (const std::string& key : keys) {
      auto stored = view.get(record_key(bucket, key));
      if (!stored) return base::fail(stored.error());
      found.push_back(*stored ? decode_record(**stored) : std::vector<Known>());
    }
    return {};
  });
  if (!done) co_return store_failed();
  co_return found;
}

base::Task<ObjectResult<void>> Objects::remember_known(std::string bucket, std::string key, Known known) {
  const std::string at = record_key(bucket, key);
  auto decide = [&](store::Reader& view,
                    store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    auto stored = view.get(at);
    if (!stored) return base::fail(stored.error());
    auto old = *stored ? decode_record(**stored) : std::vector<Known>();
    batch.put(at, encode_record(remember(std::move(old), known)));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {at};
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return store_failed();
  co_return ObjectResult<void>();
}

base::Task<ObjectResult<void>> Objects::create_bucket(std::string bucket) {
  auto work = [this, &bucket] { return files_.create_bucket(bucket); };
  co_return co_await on_pool(work);
}

base::Task<ObjectResult<void>> Objects::remove_bucket(std::string bucket) {
  auto work = [this, &bucket] { return files_.remove_bucket(bucket); };
  auto removed = co_await on_pool(work);
  if (!removed) co_return removed;
  auto decide = [&bucket](store::Reader&,
                          store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    batch.del_range(store::prefix_range(records_prefix(bucket)));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return store_failed();
  co_return ObjectResult<void>();
}

base::Task<ObjectResult<bool>> Objects::has_bucket(std::string bucket) {
  auto work = [this, &bucket]() -> ObjectResult<bool> { return files_.has_bucket(bucket); };
  co_return co_await on_pool(work);
}

base::Task<ObjectResult<std::vector<std::string>>> Objects::buckets() {
  auto work = [this]() -> ObjectResult<std::vector<std::string>> { return files_.buckets(); };
  co_return co_await on_pool(work);
}

base::Task<ObjectResult<std::unique_ptr<ObjectWriter>>> Objects::put(std::string bucket, std::string key,
                                                                     ObjectAttributes attributes) {
  if (!path_of_key(key)) co_return object_error(ObjectErrorKind::kBadKey);
  auto state = std::make_unique<ObjectWriter::State>(
      ObjectWriter::State{*this, std::move(bucket), std::move(key), std::move(attributes)});
  auto work = [this, &state]() -> ObjectResult<Handle> {
    if (!files_.has_bucket(state->bucket)) return object_error(ObjectErrorKind::kNoBucket);
    return files_.create_temporary(state->temporary);
  };
  auto created = co_await on_pool(work);
  if (!created) co_return base::fail(std::move(created.error()));
  state->file = std::move(*created);
  co_return std::unique_ptr<ObjectWriter>(new ObjectWriter(std::move(state)));
}

base::Task<ObjectResult<ObjectInfo>> Objects::put_whole(std::string bucket, std::string key,
                                                        std::string bytes, ObjectAttributes attributes) {
  auto writer = co_await put(std::move(bucket), std::move(key), std::move(attributes));
  if (!writer) co_return base::fail(std::move(writer.error()));
  auto written = co_await (*writer)->write(std::move(bytes));
  if (!written) co_return base::fail(std::move(written.error()));
  co_return co_await (*writer)->commit();
}

base::Task<ObjectResult<std::unique_ptr<ObjectReader>>> Objects::get(std::string bucket, std::string key) {
  auto work = [this, &bucket, &key] { return files_.open(bucket, key); };
  auto opened = co_await on_pool(work);
  if (!opened) co_return base::fail(std::move(opened.error()));
  std::vector<std::string> keys(1, key);
  auto known = co_await records(bucket, std::move(keys));
  if (!known) co_return base::fail(std::move(known.error()));
  ObjectInfo info = info_of(key, opened->state, find_known(known->front(), opened->state));
  co_return std::unique_ptr<ObjectReader>(new ObjectReader(*this, std::move(opened->file), std::move(info)));
}

base::Task<ObjectResult<std::string>> Objects::digest(OpenFile& file) {
  Digest digest;
  std::uint64_t offset = 0;
  for (;;) {
    const int fd = file.file.get();
    auto work = [fd, offset, &digest] {
      auto piece = read_all(fd, offset, kPiece);
      if (piece) digest.add(*piece);
      return piece;
    };
    auto piece = co_await on_pool(work);
    if (!piece) co_return base::fail(std::move(piece.error()));
    if (piece->empty()) break;
    offset += piece->size();
  }
  co_return digest.finish();
}

base::Task<ObjectResult<ObjectInfo>> Objects::head(std::string bucket, std::string key) {
  auto work = [this, &bucket, &key] { return files_.open(bucket, key); };
  auto opened = co_await on_pool(work);
  if (!opened) co_return base::fail(std::move(opened.error()));
  std::vector<std::string> keys(1, key);
  auto known = co_await records(bucket, std::move(keys));
  if (!known) co_return base::fail(std::move(known.error()));
  if (const Known* found = find_known(known->front(), opened->state))
    co_return info_of(key, opened->state, found);
  auto md5 = co_await digest(*opened);
  if (!md5) co_return base::fail(std::move(md5.error()));
  Known found;
  found.state = opened->state;
  found.md5 = std::move(*md5);
  ObjectInfo info = info_of(key, opened->state, &found);
  auto remembered = co_await remember_known(bucket, key, std::move(found));
  if (!remembered) co_return base::fail(std::move(remembered.error()));
  co_return info;
}

base::Task<ObjectResult<void>> Objects::remove(std::string bucket, std::string key) {
  auto work = [this, &bucket, &key] { return files_.remove(bucket, key); };
  auto removed = co_await on_pool(work);
  if (!removed) co_return removed;
  const std::string at = record_key(bucket, key);
  auto decide = [&at](store::Reader&,
                      store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    batch.del(at);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return store_failed();
  co_return ObjectResult<void>();
}

base::Task<ObjectResult<ObjectPage>> Objects::list(ListRequest request) {
  auto work = [this, &request] { return files_.list(request); };
  auto listed = co_await on_pool(work);
  if (!listed) co_return base::fail(std::move(listed.error()));
  std::vector<std::string> keys;
  for (const ListedFile& file : listed->files)
    keys.push_back(file.key);
  auto known = co_await records(request.bucket, std::move(keys));
  if (!known) co_return base::fail(std::move(known.error()));
  ObjectPage page;
  page.more = listed->more;
  for (std::size_t i = 0; i < listed->files.size(); ++i) {
    ListedFile& file = listed->files[i];
    page.objects.push_back(info_of(std::move(file.key), file.state, find_known((*known)[i], file.state)));
  }
  co_return page;
}

}  // namespace millrace::object
