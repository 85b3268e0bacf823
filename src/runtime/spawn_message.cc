#include "runtime/spawn_message.h"

#include <cstring>

namespace millrace::runtime {
namespace {

enum class Kind : std::uint8_t { kSpawn = 1, kSignal = 2, kEvent = 3, kFurnish = 4 };

class Writer {
 public:
  explicit Writer(Kind kind) { number(static_cast<std::uint64_t>(kind)); }
  void number(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values)
      text(value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Both ends are the same program on the same machine: native byte order.
class Reader {
 public:
  Reader(std::string_view in, Kind kind) : in_(in) {
    good_ = number() == static_cast<std::uint64_t>(kind) && good_;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (in_.size() < sizeof value) {
      good_ = false;
      return 0;
    }
    std::memcpy(&value, in_.data(), sizeof value);
    in_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > in_.size()) {
      good_ = false;
      return {};
    }
    std::string value(in_.substr(0, size));
    in_.remove_prefix(size);
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::uint64_t n = number(); n > 0 && good_; --n)
      values.push_back(text());
    return values;
  }
  bool good() const { return good_; }

 private:
  std::string_view in_;
  bool good_ = true;
};

void write(Writer& w, const RoomContents& contents) {
  w.text(contents.task);
  w.text(contents.opt);
  w.text(contents.modules);
  w.number(contents.tmp_mb);
}

RoomContents read_contents(Reader& r) {
  RoomContents contents;
  contents.task = r.text();
  contents.opt = r.text();
  contents.modules = r.text();
  contents.tmp_mb = static_cast<std::uint32_t>(r.number());
  return contents;
}

}  // namespace

std::string encode(const FurnishRequest& request) {
  Writer w(Kind::kFurnish);
  w.number(request.id);
  write(w, request.contents);
  return w.take();
}

std::optional<FurnishRequest> decode_furnish(std::string_view message) {
  Reader r(message, Kind::kFurnish);
  FurnishRequest request;
  request.id = r.number();
  request.contents = read_contents(r);
  if (!r.good()) return std::nullopt;
  return request;
}

std::string encode(const SpawnRequest& request) {
  Writer w(Kind::kSpawn);
  w.number(request.id);
  w.texts(request.arguments);
  w.texts(request.environment);
  w.text(request.folder);
  w.number(request.descriptors.size());
  for (const auto& [ours, theirs] : request.descriptors)
    w.number(static_cast<std::uint64_t>(theirs));
  w.number(request.data_limit);
  w.number(request.process_limit);
  w.number(request.user);
  w.number(request.room.wanted);
  w.texts(request.room.visible);
  w.text(request.room.hosts);
  write(w, request.room.contents);
  w.number(request.beside);
  w.number(request.gated);
  return w.take();
}

std::optional<SpawnRequest> decode_spawn(std::string_view message) {
  Reader r(message, Kind::kSpawn);
  SpawnRequest request;
  request.id = r.number();
  request.arguments = r.texts();
  request.environment = r.texts();
  request.folder = r.text();
  const std::uint64_t descriptors = r.number();
  if (descriptors > kSpawnDescriptorLimit) return std::nullopt;
  for (std::uint64_t i = 0; i < descriptors; ++i)
    request.descriptors.emplace_back(-1, static_cast<int>(r.number()));
  request.data_limit = r.number();
  request.process_limit = static_cast<std::uint32_t>(r.number());
  request.user = static_cast<std::uint32_t>(r.number());
  request.room.wanted = r.number() != 0;
  request.room.visible = r.texts();
  request.room.hosts = r.text();
  request.room.contents = read_contents(r);
  request.beside = r.number();
  request.gated = r.number() != 0;
  if (!r.good() || request.arguments.empty()) return std::nullopt;
  return request;
}

std::string encode(const SignalRequest& request) {
  Writer w(Kind::kSignal);
  w.number(request.id);
  w.number(static_cast<std::uint64_t>(request.signal_number));
  return w.take();
}

std::optional<SignalRequest> decode_signal(std::string_view message) {
  Reader r(message, Kind::kSignal);
  SignalRequest request;
  request.id = r.number();
  request.signal_number = static_cast<int>(r.number());
  if (!r.good()) return std::nullopt;
  return request;
}

std::string encode(const SpawnEvent& event) {
  Writer w(Kind::kEvent);
  w.number(static_cast<std::uint64_t>(event.kind));
  w.number(event.id);
  w.number(static_cast<std::uint64_t>(event.pid));
  w.text(event.error);
  w.number(static_cast<std::uint64_t>(event.status));
  w.number(event.max_rss_kb);
  return w.take();
}

std::optional<SpawnEvent> decode_event(std::string_view message) {
  Reader r(message, Kind::kEvent);
  SpawnEvent event;
  event.kind = static_cast<SpawnEvent::Kind>(r.number());
  event.id = r.number();
  event.pid = static_cast<pid_t>(r.number());
  event.error = r.text();
  event.status = static_cast<int>(r.number());
  event.max_rss_kb = r.number();
  if (!r.good()) return std::nullopt;
  return event;
}

}  // namespace millrace::runtime
