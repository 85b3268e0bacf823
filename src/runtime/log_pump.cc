#include "runtime/log_pump.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/frame.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kDrainBudget = 1u << 20;  // a function that prints without end must not hold the thread
constexpr std::size_t kEventLimit =
    256u << 10;  // CloudWatch's limit of one event; longer ones are cut into several
constexpr std::size_t kTelemetryHeader = 16;
constexpr std::uint32_t kTelemetryMagic = 0xa55a0000;
constexpr std::uint32_t kPrintedBytes =
    0xa55a0001;  // lines as a process printed them, in order with its events

std::string without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

LogPump::LogPump(asio::io_context& home, int telemetry, int raw, LogSink sink, base::Clock& clock)
    : home_(home),
      sink_(std::move(sink)),
      clock_(clock),
      telemetry_(home, telemetry, TelemetryKind::kFunction),
      raw_(home, raw, TelemetryKind::kFunction) {}

void LogPump::start() {
  const std::lock_guard lock(mutex_);
  wait(telemetry_);
  wait(raw_);
}

void LogPump::wait(Pipe& pipe) {
  pipe.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                             [self = shared_from_this(), &pipe](const boost::system::error_code& error) {
                               if (error) return;
                               const std::lock_guard lock(self->mutex_);
                               self->drain_locked();
                               if (!self->closed_ && pipe.open) self->wait(pipe);
                             });
}

void LogPump::close() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  drain_locked();
  take_all_lines_locked();
  closed_ = true;
  boost::system::error_code ignored;
  telemetry_.descriptor.close(ignored);
  raw_.descriptor.close(ignored);
  for (const auto& pipe : beside_)
    pipe->descriptor.close(ignored);
}

void LogPump::assign(FunctionPtr function, std::string log_stream) {
  const std::lock_guard lock(mutex_);
  function_ = std::move(function);
  log_stream_ = std::move(log_stream);
}

void LogPump::begin_request(std::string request_id, bool tail) {
  const std::lock_guard lock(mutex_);
  drain_locked();  // what came between invocations belongs to none
  request_id_ = std::move(request_id);
  keep_tail_ = tail;
  tail_.clear();
}

void LogPump::set_request(std::string request_id) {
  const std::lock_guard lock(mutex_);
  drain_locked();
  request_id_ = std::move(request_id);
}

void LogPump::end_request() {
  const std::lock_guard lock(mutex_);
  request_id_.clear();
  keep_tail_ = false;
}

void LogPump::drain() {
  const std::lock_guard lock(mutex_);
  drain_locked();
  take_all_lines_locked();
}

void LogPump::emit(std::string message) {
  const std::lock_guard lock(mutex_);
  emit_locked(clock_.now(), std::move(message));
}

std::string LogPump::take_tail() {
  const std::lock_guard lock(mutex_);
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  return std::move(tail_);
}

int LogPump::open_extension_end() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    errno = EBADF;
    return -1;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  beside_.push_back(std::make_unique<Pipe>(home_, ends[0], TelemetryKind::kExtension));
  wait(*beside_.back());
  return ends[1];
}

void LogPump::observe(std::shared_ptr<Telemetry> telemetry) {
  const std::lock_guard lock(mutex_);
  observer_ = std::move(telemetry);
}

void LogPump::drain_locked() {
  if (closed_ || !function_) return;
  std::size_t budget = kDrainBudget;
  while (read_locked(telemetry_, budget))
    take_frames_locked();
  while (read_locked(raw_, budget))
    take_lines_locked(raw_, false);
  for (const auto& pipe : beside_) {
    while (read_locked(*pipe, budget))
      take_lines_locked(*pipe, false);
  }
}

bool LogPump::read_locked(Pipe& pipe, std::size_t& budget) {
  if (!pipe.open || budget == 0) return false;
  std::array<char, 16 << 10> chunk;
  const ssize_t n = ::read(pipe.descriptor.native_handle(), chunk.data(), chunk.size());
  if (n > 0) {
    pipe.pending.append(chunk.data(), static_cast<std::size_t>(n));
    budget -= std::min(budget, static_cast<std::size_t>(n));
    return true;
  }
  if (n == 0 || (errno != EAGAIN && errno != EINTR)) pipe.open = false;
  return false;
}

void LogPump::take_frames_locked() {
  std::string& pending = telemetry_.pending;
  std::size_t at = 0;
  while (pending.size() - at >= kTelemetryHeader) {
    const char* header = pending.data() + at;
    const std::uint32_t length = read_u32(header + 4);
    if ((read_u32(header) & 0xffff0000U) != kTelemetryMagic || length > (64U << 20)) {
      // Not ours: a function wrote to the descriptor itself. Its bytes are still its log.
      raw_.pending.append(pending, at, std::string::npos);
      at = pending.size();
      take_lines_locked(raw_, false);
      break;
    }
    if (pending.size() - at - kTelemetryHeader < length) break;
    const std::uint64_t micros = std::uint64_t{read_u32(header + 8)} << 32 | read_u32(header + 12);
    const base::WallTime time{std::chrono::microseconds(micros)};
    const std::string_view body(header + kTelemetryHeader, length);
    if (read_u32(header) == kPrintedBytes) {
      raw_.pending.append(body);
      take_lines_locked(raw_, false);
    } else {
      take_lines_locked(raw_, true);  // what was printed before it, even without a newline
      print_locked(telemetry_.kind, time, without_newline(body));
    }
    at += kTelemetryHeader + length;
  }
  pending.erase(0, at);
}

void LogPump::take_lines_locked(Pipe& pipe, bool flush) {
  std::string& pending = pipe.pending;
  std::size_t at = 0;
  for (std::size_t end; (end = pending.find('\n', at)) != std::string::npos; at = end + 1) {
    print_locked(pipe.kind, clock_.now(), pending.substr(at, end - at));
  }
  pending.erase(0, at);
  if (!pending.empty() && (flush || pending.size() >= kEventLimit)) {
    print_locked(pipe.kind, clock_.now(), std::move(pending));
    pending.clear();
  }
}

void LogPump::take_all_lines_locked() {
  take_lines_locked(raw_, true);
  for (const auto& pipe : beside_)
    take_lines_locked(*pipe, true);
}

void LogPump::print_locked(TelemetryKind kind, base::WallTime time, std::string message) {
  if (observer_ && observer_->wanted() && function_)
    observer_->line(kind, time, message, function_->log_format == "JSON");
  emit_locked(time, std::move(message));
}

void LogPump::emit_locked(base::WallTime time, std::string message) {
  if (!function_) return;
  if (keep_tail_) {
    tail_.append(message).push_back('\n');
    if (tail_.size() > 4 * kTail) tail_.erase(0, tail_.size() - kTail);
  }
  if (!sink_) return;
  for (std::size_t at = 0; at == 0 || at < message.size(); at += kEventLimit) {
    LogEvent event;
    event.function = function_;
    event.log_stream = log_stream_;
    event.request_id = request_id_;
    event.time = time;
    event.message = message.size() <= kEventLimit ? std::move(message) : message.substr(at, kEventLimit);
    sink_(std::move(event));
    if (message.empty()) break;
  }
}

}  // namespace millrace::runtime
