#include "runtime/invocation.h"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "runtime/environment.h"
#include "runtime/frame.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kOneWrite = 16u << 10;   // up to here an event is sent as one buffer
constexpr std::size_t kTextLimit = 60u << 10;  // of error documents and content types
constexpr auto kExitPatience = std::chrono::milliseconds(1000);
constexpr auto kFurnishPatience = std::chrono::milliseconds(5000);

std::string init_text(const FunctionSpec& function, const Placement& placement, const RuntimeOptions& options,
                      const Environment& env) {
  std::string text = "{\"environment\":{";
  for (const auto& [name, value] : env) {
    if (text.back() != '{') text += ',';
    text += json_string(name) + ":" + json_string(value);
  }
  text += fmt::format("}},\"taskRoot\":{},\"handler\":{},\"runtimeId\":{},\"endpoint\":{},\"hookEsm\":{}}}",
                      json_string(placement.task_root), json_string(function.handler),
                      json_string(function.runtime_id), json_string(options.endpoint),
                      placement.opt.empty() ? "false" : "true");
  return text;
}

std::string head_text(const Invocation& invocation, std::int64_t deadline_ms) {
  std::string text = fmt::format("{{\"id\":{},\"deadline\":{},\"arn\":{}", json_string(invocation.request_id),
                                 deadline_ms, json_string(invocation.function->arn));
  if (!invocation.trace_header.empty()) text += ",\"trace\":" + json_string(invocation.trace_header);
  if (!invocation.client_context.empty())
    text += ",\"clientContext\":" + json_string(invocation.client_context);
  text += '}';
  return text;
}

}  // namespace

NodeInvocation::NodeInvocation(const RuntimeOptions& options, const RuntimeWorld& world,
                               std::shared_ptr<SandboxPool> pool, SandboxPtr sandbox, Invocation invocation)
    : options_(options),
      world_(world),
      pool_(std::move(pool)),
      sandbox_(std::move(sandbox)),
      invocation_(std::move(invocation)),
      function_(*invocation_.function) {}

NodeInvocation::~NodeInvocation() {
  disarm();
  if (!finished_) pool_->discard(sandbox_);
}

void NodeInvocation::arm(std::chrono::nanoseconds patience) {
  deadline_->expired = false;
  deadline_->timer.expires_after(patience);
  const std::uint64_t round = ++deadline_->round;
  // A cancelled timer may lie in its context until that ends: it must not keep the sandbox, which has descriptors in another.
  auto on_time = [deadline = deadline_, round, pool = pool_,
                  weak = std::weak_ptr(sandbox_)](const boost::system::error_code& error) {
    const auto sandbox = weak.lock();
    if (error || !sandbox || deadline->round != round) return;
    deadline->expired = true;
    sandbox->end_reason = EndReason::kTimeout;
    pool->kill(sandbox);
    sandbox->channel.interrupt();
  };
  deadline_->timer.async_wait(std::move(on_time));
}

void NodeInvocation::disarm() {
  if (!deadline_) return;
  ++deadline_->round;
  deadline_->timer.cancel();
}

void NodeInvocation::fail(InvokeFailure failure, std::string error_json) {
  if (outcome_.failure != InvokeFailure::kNone) return;
  outcome_.failure = failure;
  outcome_.error_json = std::move(error_json);
}

base::Task<InvokeOutcome> NodeInvocation::run(ResponseSink& sink) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  sandbox_->channel.attach(executor);
  deadline_ = std::make_shared<Deadline>(executor);
  LogPump& logs = *sandbox_->logs;
  bool ready = sandbox_->initialized;
  if (!ready) {
    ready = co_await initialize();
    pool_->loaded(sandbox_, ready);
    if (ready) logs.set_request(invocation_.request_id);
  } else {
    logs.begin_request(invocation_.request_id, invocation_.want_log_tail);
  }
  if (ready) {
    const bool sent = co_await hand_over();
    if (sent) {
      co_await relay(sink);
    } else {
      co_await lost();
    }
  }
  if (!finished_ && answer_done_ && invocation_.want_log_tail) co_await finish();
  co_return std::move(outcome_);
}

base::Task<bool> NodeInvocation::warm() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  sandbox_->channel.attach(executor);
  deadline_ = std::make_shared<Deadline>(executor);
  const bool ready = co_await initialize();
  pool_->loaded(sandbox_, ready);
  if (!ready) co_return false;
  sandbox_->logs->end_request();
  finished_ = true;
  pool_->release(sandbox_);
  co_return true;
}

// Puts package and layers into the sandbox's room and says where they are then.
base::Task<std::string> NodeInvocation::furnish(Placement& placement) {
  const RoomContents contents = contents_of(function_, placement, options_);
  world_.spawner->furnish(sandbox_->id, contents);
  placement.task_root = "/var/task";
  if (!placement.opt.empty()) placement.opt = "/opt";
  std::string why = co_await sandbox_->wait_furnished(kFurnishPatience);
  co_return why;
}

// The external ones run and have registered before the runtime loads its handler.
base::Task<bool> NodeInvocation::start_extensions() {
  Sandbox& sandbox = *sandbox_;
  if (!sandbox.extensions) co_return true;
  const std::string why = pool_->start_extensions(sandbox_);
  if (!why.empty()) {
    fail(InvokeFailure::kUnavailable, error_document("Extension.LaunchError", why));
    co_return false;
  }
  const bool registered = co_await sandbox.extensions->wait_registered();
  if (!registered) {
    co_await lost();
    co_return false;
  }
  sandbox.open_gate();
  co_return true;
}

// An event is given out when all have asked for it; the sandbox was given back before they did.
base::Task<bool> NodeInvocation::tell_extensions(std::int64_t deadline_ms) {
  const std::shared_ptr<Extensions> extensions = sandbox_->extensions;
  if (!extensions || !extensions->any()) co_return true;
  const bool ready = co_await extensions->wait_ready();
  if (ready) extensions->invoke(invocation_.request_id, function_.arn, invocation_.trace_header, deadline_ms);
  co_return ready;
}

base::Task<bool> NodeInvocation::send_init() {
  const auto root = co_await world_.code->unpacked(function_.code_sha256, layout_of(function_));
  const auto opt = co_await world_.code->layers(function_.layer_sha256);
  if (!root || !opt) {
    const CodeError& error = root ? opt.error() : root.error();
    fail(InvokeFailure::kUnavailable, error_document("Runtime.CodeUnavailable", error.message));
    co_return false;
  }
  Placement placement;
  placement.task_root = *root;
  placement.opt = *opt;
  if (sandbox_->in_room) {
    const std::string why = co_await furnish(placement);
    if (!why.empty() && sandbox_->exited()) {  // it says itself why: its program is not there, say
      co_await lost();
      co_return false;
    }
    if (!why.empty()) {
      fail(InvokeFailure::kUnavailable,
           error_document("Runtime.CodeUnavailable", "The package cannot be put in its place: " + why));
      co_return false;
    }
  }
  placement.log_stream = sandbox_->log_stream;
  const Credentials credentials = world_.credentials ? world_.credentials(function_) : Credentials{};
  Environment env = function_environment(function_, placement, options_, credentials);
  if (!placement.opt.empty()) {  // extensions come in layers
    const auto address = pool_->give_extensions(sandbox_, invocation_.function);
    if (!address) {
      fail(InvokeFailure::kUnavailable, error_document("Extension.LaunchError", address.error()));
      co_return false;
    }
    tell_init_began();
    env["AWS_LAMBDA_RUNTIME_API"] = *address;
    sandbox_->extension_launch = {extension_programs(*opt), placement.opt + "/extensions",
                                  placement.task_root, env};
    const bool started = co_await start_extensions();
    if (!started) co_return false;
  }
  const std::string text = init_text(function_, placement, options_, env);
  std::string frame;
  append_frame_header(frame, FrameType::kInit, text.size());
  frame += text;
  const bool sent = co_await sandbox_->channel.send(frame);
  if (!sent) co_await lost();
  co_return sent;
}

base::Task<bool> NodeInvocation::initialize() {
  LogPump& logs = *sandbox_->logs;
  const base::WallTime now = world_.clock->now();
  if (sandbox_->log_stream.empty()) {
    std::string id = base::make_uuid(*world_.random);
    std::erase(id, '-');
    sandbox_->log_stream = log_stream_name(now, function_.version, id);
  }
  logs.assign(invocation_.function, sandbox_->log_stream);
  logs.start();
  logs.begin_request({}, invocation_.want_log_tail);
  logs.emit(init_start_line(function_, now));
  init_began_ = now;
  tell_init_began();
  arm(options_.init_timeout);

  bool begun = false;
  if (sandbox_->api) {
    begun = co_await start_extensions();
  } else {
    begun = co_await send_init();
  }
  if (!begun) co_return false;
  const auto type = co_await sandbox_->channel.next();
  if (type == FrameType::kInitDone) {
    const bool known = co_await take_memory();
    const std::string kind = co_await take_text();
    tell_init_done("success", {});
    bool extended = known;
    if (known && sandbox_->extensions) {
      extended = co_await sandbox_->extensions->wait_ready();
      sandbox_->extensions->close_registration();
    }
    if (extended) {
      tell_init_report("success", {},
                       std::chrono::duration_cast<Micros>(world_.clock->steady_now() - sandbox_->launched));
      sandbox_->streaming = kind == "s";
      sandbox_->initialized = true;
      outcome_.init_duration =
          std::chrono::duration_cast<Micros>(world_.clock->steady_now() - sandbox_->launched);
      disarm();
      co_return true;
    }
  } else if (type == FrameType::kInitError) {
    co_await init_failed();
    co_return false;
  }
  co_await lost();
  co_return false;
}

// The handler could not be loaded.
base::Task<> NodeInvocation::init_failed() {
  std::string document = co_await take_text();
  const std::string kind = error_type_of(document);
  const auto took = std::chrono::duration_cast<Micros>(world_.clock->steady_now() - sandbox_->launched);
  fail(InvokeFailure::kInit, std::move(document));
  sandbox_->logs->drain();
  sandbox_->logs->emit(init_report_line(function_, world_.clock->now(), took, "error", kind));
  tell_init_done("error", kind);
  tell_init_report("error", kind, took);
  sandbox_->logs->set_request(invocation_.request_id);
  sandbox_->logs->emit(start_line(function_, world_.clock->now(), invocation_.request_id));
  outcome_.duration = took;
  complete("error");
}

base::Task<bool> NodeInvocation::hand_over() {
  const base::WallTime now = world_.clock->now();
  const std::int64_t deadline_ms = base::unix_millis(now) + function_.timeout.count();
  const std::string head = head_text(invocation_, deadline_ms);
  const std::string_view event = invocation_.payload.empty() ? std::string_view("{}") : invocation_.payload;
  std::string frame;
  frame.reserve(kFrameHeader + 4 + head.size() + (event.size() <= kOneWrite ? event.size() : 0));
  append_frame_header(frame, FrameType::kInvoke, 4 + head.size() + event.size());
  append_u32(frame, static_cast<std::uint32_t>(head.size()));
  frame += head;

  sandbox_->logs->emit(start_line(function_, now, invocation_.request_id));
  outcome_.handler_started = now;
  if (Telemetry* to = telemetry())
    to->platform_at(now, "platform.start",
                    start_record(function_, invocation_.request_id, invocation_.trace_header));
  started_ = world_.clock->steady_now();
  handler_began_ = true;
  arm(function_.timeout);
  const bool told = co_await tell_extensions(deadline_ms);
  if (!told) co_return false;
  if (event.size() <= kOneWrite) {
    frame += event;
    const bool sent = co_await sandbox_->channel.send(frame);
    co_return sent;
  }
  const bool sent = co_await sandbox_->channel.send(frame, event);
  co_return sent;
}

base::Task<bool> NodeInvocation::take_memory() {
  const auto bytes = co_await sandbox_->channel.exactly(4);
  if (!bytes) co_return false;
  memory_kb_ = read_u32(bytes->data());
  co_return true;
}

base::Task<std::string> NodeInvocation::take_text() {
  std::string text;
  while (sandbox_->channel.remaining() > 0 && text.size() < kTextLimit * 16) {
    const auto part = co_await sandbox_->channel.piece();
    if (!part) break;
    text.append(*part);
  }
  co_return text;
}

// The channel gave no frame: time is up, the caller has cancelled, or the process is gone.
base::Task<> NodeInvocation::lost() {
  if (deadline_->expired) {
    timed_out();
    co_return;
  }
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none && !sandbox_->exited()) {
    co_await receiver_left();
    if (!handler_began_) finished_ = (pool_->discard(sandbox_), true);
    co_return;
  }
  co_await crashed();
}

void NodeInvocation::timed_out() {
  LogPump& logs = *sandbox_->logs;
  const base::WallTime now = world_.clock->now();
  outcome_.duration =
      handler_began_ ? std::chrono::duration_cast<Micros>(function_.timeout) : Micros(options_.init_timeout);
  fail(InvokeFailure::kTimeout,
       error_document("Sandbox.Timedout", timeout_message(invocation_.request_id, function_.timeout)));
  logs.drain();
  if (!handler_began_) {
    logs.emit(init_report_line(function_, now, outcome_.duration, "timeout", {}));
    tell_init_done("timeout", {});
    tell_init_report("timeout", {}, outcome_.duration);
    logs.emit(start_line(function_, now, invocation_.request_id));
  }
  logs.emit(timeout_line(now, invocation_.request_id, function_.timeout));
  complete("timeout");
}

base::Task<std::string> NodeInvocation::log_exit() {
  const auto exit = co_await sandbox_->wait_exit(kExitPatience);
  std::string message;
  if (exit && exit->kind == SpawnEvent::Kind::kFailed) {
    message = fmt::format(
        "RequestId: {} Error: the process could not be started: {} (is Node installed? --node says where)",
        invocation_.request_id, exit->error);
  } else {
    message = exit_message(invocation_.request_id, exit ? describe_exit(exit->status) : "signal: killed");
    if (exit) memory_kb_ = std::max(memory_kb_, static_cast<std::uint32_t>(exit->max_rss_kb));
  }
  sandbox_->logs->drain();
  sandbox_->logs->emit(message + "\nRuntime.ExitError");
  if (Telemetry* to = telemetry()) to->platform("platform.fault", json_string(message));
  co_return message;
}

base::Task<> NodeInvocation::crashed() {
  pool_->kill(sandbox_);  // when it only closed its channel
  const auto end = world_.clock->steady_now();
  const std::string message = co_await log_exit();
  outcome_.duration =
      std::chrono::duration_cast<Micros>(end - (handler_began_ ? started_ : sandbox_->launched));
  outcome_.max_memory_mb = (memory_kb_ + 1023) / 1024;
  const bool ran = sandbox_->pid != 0;
  const auto extension = sandbox_->extensions ? sandbox_->extensions->failure() : std::nullopt;
  const std::string type = extension ? extension->type
                           : ran     ? "Runtime.ExitError"
                                     : "Runtime.InvalidEntrypoint";
  fail(InvokeFailure::kCrashed,
       error_document(type, extension
                                ? fmt::format("RequestId: {} {}", invocation_.request_id, extension->message)
                                : message));
  if (!handler_began_) {
    const base::WallTime now = world_.clock->now();
    const std::string kind = extension ? type : "Runtime.ExitError";
    sandbox_->logs->emit(init_report_line(function_, now, outcome_.duration, "error", kind));
    tell_init_done("error", kind);
    tell_init_report("error", kind, outcome_.duration);
    sandbox_->logs->emit(start_line(function_, now, invocation_.request_id));
  }
  complete("error");
}

// END and REPORT; the sandbox goes back to the pool, or away.
void NodeInvocation::complete(std::string_view status) {
  disarm();
  LogPump& logs = *sandbox_->logs;
  logs.drain();
  const std::string kind = status == "error" ? error_type_of(outcome_.error_json) : std::string();
  ReportFacts facts;
  facts.request_id = invocation_.request_id;
  facts.duration = outcome_.duration;
  facts.init = outcome_.failure == InvokeFailure::kInit ? Micros(0) : outcome_.init_duration;
  if (outcome_.max_memory_mb == 0)
    outcome_.max_memory_mb = static_cast<std::uint32_t>((resident_kb(sandbox_->pid) + 1023) / 1024);
  facts.memory_used_mb = std::min(outcome_.max_memory_mb, function_.memory_mb);
  facts.status = status;
  facts.error_type = kind;
  if (const std::string line = end_line(function_, invocation_.request_id); !line.empty()) logs.emit(line);
  logs.emit(report_line(function_, world_.clock->now(), facts));
  tell_done(facts);
  if (invocation_.want_log_tail) outcome_.log_tail = logs.take_tail();
  logs.end_request();
  finished_ = true;
  if (ready_) {
    pool_->release(sandbox_);
  } else {
    pool_->discard(sandbox_);
  }
}

base::Task<> NodeInvocation::finish() {
  const bool abandoned = receiver_gone_;
  // A handler that streams to nobody gets a moment to notice; any other runs on to its end, as on AWS.
  if (abandoned && sandbox_->streaming) arm(options_.cancel_patience);
  while (!finished_) {
    const auto type = co_await sandbox_->channel.next();
    if (!type && deadline_->expired && !(abandoned && sandbox_->streaming)) {
      timed_out();
    } else if (!type && deadline_->expired) {
      complete("error");
    } else if (!type || *type == FrameType::kFatal) {
      co_await crashed();
    } else if (*type == FrameType::kNext || *type == FrameType::kResponse || *type == FrameType::kError) {
      while (sandbox_->channel.remaining() > 0) {
        const auto skipped = co_await sandbox_->channel.piece();
        if (!skipped) break;
      }
      ready_ = sandbox_->channel.remaining() == 0;
      if (!answer_done_) answer_complete();
      complete("");
    }
  }
}

}  // namespace millrace::runtime
