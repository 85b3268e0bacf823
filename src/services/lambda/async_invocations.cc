#include "services/lambda/async_invocations.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/log.h"
#include "engines/object/object_name.h"
#include "services/lambda/destinations.h"
#include "services/lambda/record_json.h"
#include "services/lambda/recursion.h"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
constexpr std::string_view kKind = "lambda.event";

// Sorts by due time.
std::string name_of(const PendingInvocation& pending) {
  return fmt::format("{:016}/{}", base::unix_millis(pending.due), pending.request_id);
}
catalog::ResourceKey key_of(std::string name) {
  return {std::string(kKind), "", "", std::move(name)};
}

base::WallTime from_millis(std::int64_t value) {
  return base::WallTime(std::chrono::milliseconds(value));
}

}  // namespace

// Lets any thread end the consumer's wait early.
struct AsyncInvocations::Waker {
  explicit Waker(asio::any_io_executor executor) : timer(executor) {}
  asio::steady_timer timer;
  bool woken = false;  // on the executor only

  static void wake(const std::shared_ptr<Waker>& waker) {
    if (!waker) return;
    asio::post(waker->timer.get_executor(), [waker] {
      waker->woken = true;
      waker->timer.cancel();
    });
  }
  base::Task<> wait(std::chrono::milliseconds most) {
    if (!woken) {
      boost::system::error_code ignored;
      timer.expires_after(most);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    woken = false;
  }
};

AsyncInvocations::AsyncInvocations(Lambda& service, AsyncOptions options)
    : service_(service), options_(options) {}
AsyncInvocations::~AsyncInvocations() = default;

base::Task<bool> AsyncInvocations::enqueue(PendingInvocation pending) {
  pending.accepted = pending.due = service_.world().clock.now();
  std::string document = encode_pending(pending);
  auto written = co_await service_.world().catalog.put(key_of(name_of(pending)), std::move(document));
  if (!written) co_return false;
  std::lock_guard lock(mutex_);
  Waker::wake(waker_);
  co_return true;
}

void AsyncInvocations::stop() {
  stopped_ = true;
  std::lock_guard lock(mutex_);
  Waker::wake(waker_);
}

bool AsyncInvocations::is_idle() {
  std::lock_guard lock(mutex_);
  return running_.empty();
}

base::Task<> AsyncInvocations::run() {
  auto waker = std::make_shared<Waker>(co_await asio::this_coro::executor);
  {
    std::lock_guard lock(mutex_);
    waker_ = waker;
  }
  while (!stopped_) {
    const bool started = co_await start_due();
    if (!started) co_await waker->wait(options_.look_again);
  }
  while (!is_idle())
    co_await waker->wait(options_.look_again);
  std::lock_guard lock(mutex_);
  waker_.reset();  // its timer must not outlive the executor
}

base::Task<bool> AsyncInvocations::start_due() {
  catalog::ListRequest request;
  request.kind = kKind;
  request.limit = options_.at_once;
  auto page = co_await service_.world().catalog.list(std::move(request));
  if (!page) co_return false;
  const base::WallTime now = service_.world().clock.now();
  const auto executor = co_await asio::this_coro::executor;
  bool started = false;
  for (catalog::Resource& resource : page->resources) {
    std::optional<PendingInvocation> pending = decode_pending(resource.document);
    if (!pending) continue;
    if (pending->due > now) break;
    std::string name = resource.key.name;
    {
      std::lock_guard lock(mutex_);
      if (!running_.insert(name).second) continue;
    }
    started = true;
    asio::co_spawn(executor, consider(std::move(*pending), name), [this, name](std::exception_ptr failure) {
      if (failure)
        base::log(base::LogLevel::kError, "asynchronous invocation {}: an exception ended it", name);
      finished(name);
    });
  }
  co_return started;
}

void AsyncInvocations::finished(const std::string& stored_name) {
  std::lock_guard lock(mutex_);
  running_.erase(stored_name);
  Waker::wake(waker_);
}

// One try, and what follows from it.
struct AsyncInvocations::Attempt {
  FunctionRecordPtr record;  // null: the store did not say
  bool ran = false;
  bool failed = true;
  std::string response;    // the answer, or the error document
  bool in_a_loop = false;  // stopped by recursive loop detection: neither run again nor told to anybody
  bool too_old = false;    // the event's age ended it, not the number of failures
};

base::Task<> AsyncInvocations::attempt(const PendingInvocation& pending, Attempt& made) {
  auto loaded = co_await service_.find(pending.function);
  if (!loaded || !*loaded) co_return;
  made.record = (*loaded)->record;
  runtime::BufferSink sink(kMaxBufferedResponse);
  InvokeRequest request{std::move(**loaded),    pending.request_id,   pending.payload,
                        pending.client_context, pending.trace_header, false};
  auto outcome = co_await run_function(service_, std::move(request), sink);
  made.ran = outcome.has_value();
  made.in_a_loop = !made.ran && outcome.error().code == "RecursiveInvocationException";
  if (!made.ran) co_return;
  made.failed = outcome->failure != runtime::InvokeFailure::kNone;
  made.response = made.failed ? std::move(outcome->error_json) : std::move(sink.body);
}

// What a destination is told.
std::string AsyncInvocations::document(const PendingInvocation& pending, const Attempt& made) const {
  const std::string qualifier = pending.function.qualifier.empty() ? "$LATEST" : pending.function.qualifier;
  const std::string arn = pending.function.arn() + ":" + qualifier;
  const std::string version = made.record->version();
  InvocationRecord record;
  record.request_id = pending.request_id;
  record.function_arn = arn;
  record.condition = !made.failed ? "Success" : made.too_old ? "EventAgeExceeded" : "RetriesExhausted";
  record.invocations = pending.attempts + (made.failed ? 0 : 1);
  record.request_payload = pending.payload;
  record.ran = made.ran;
  record.executed_version = version;
  record.failed = made.failed;
  record.response_payload = made.response;
  return destination_document(record, service_.world().clock.now());
}

// The event for the destination function, if there is one for this end.
std::optional<PendingInvocation> AsyncInvocations::follow_up(const PendingInvocation& pending,
                                                             const Attempt& made) const {
  if (!made.record || !made.record->event_invoke) return std::nullopt;
  const EventInvokeSettings& settings = *made.record->event_invoke;
  auto function = function_of_arn(made.failed ? settings.on_failure_arn : settings.on_success_arn);
  if (!function) return std::nullopt;
  PendingInvocation next;
  next.function = std::move(*function);
  next.request_id = base::make_uuid(service_.world().random);
  next.accepted = next.due = service_.world().clock.now();
  next.trace_header =
      extend_lineage(pending.trace_header, pending.function.arn(), next.accepted, service_.world().random)
          .header;
  next.payload = document(pending, made);
  return next;
}

// To the bucket for failures, if there is one. Before the event is settled: a crash writes twice rather than not at all.
base::Task<> AsyncInvocations::write_failure(const PendingInvocation& pending, const Attempt& made) {
  LambdaWorld& world = service_.world();
  if (!made.record || !made.record->event_invoke || world.objects == nullptr) co_return;
  const std::string bucket(object::bucket_of_arn(made.record->event_invoke->on_failure_arn));
  if (bucket.empty()) co_return;
  std::string key = object::dated_key("aws/lambda/async/" + pending.function.name + "/", world.clock.now(),
                                      base::make_uuid(world.random));
  object::ObjectAttributes attributes;
  attributes.content_type = "application/json";
  auto written = co_await world.objects->put_whole(bucket, std::move(key), document(pending, made),
                                                   std::move(attributes));
  if (!written)
    base::log(base::LogLevel::kWarning, "the failed event of {} cannot be written to the bucket {}",
              pending.function.arn(), bucket);
}

base::Task<> AsyncInvocations::consider(PendingInvocation pending, std::string stored_name) {
  auto there = co_await service_.find(pending.function);
  if (there && !*there) {
    // The function was deleted: nobody is left to want this event.
    co_return co_await settle(std::move(pending), std::move(stored_name), std::nullopt);
  }
  const base::WallTime now = service_.world().clock.now();
  Attempt made;
  co_await attempt(pending, made);
  std::int32_t retries = 2;
  std::int32_t age = 21'600;
  if (made.record && made.record->event_invoke) {
    retries = made.record->event_invoke->maximum_retry_attempts.value_or(retries);
    age = made.record->event_invoke->maximum_event_age.value_or(age);
  }
  std::optional<std::chrono::milliseconds> again;
  if (made.ran && made.failed && ++pending.attempts <= retries) {
    again = pending.attempts == 1 ? options_.first_retry : options_.second_retry;
  } else if (!made.ran && !made.in_a_loop) {
    const int shift = std::min(pending.throttles++, 16);
    again = std::min(options_.throttle_base * (1 << shift), options_.throttle_most);
  }
  made.too_old = again && now + *again > pending.accepted + std::chrono::seconds(age);
  if (made.too_old) again.reset();
  if (made.failed && !again) {
    base::log(base::LogLevel::kWarning, "asynchronous invocation of {} given up after {} attempts",
              pending.function.arn(), pending.attempts);
  }
  std::optional<PendingInvocation> then;
  if (!again && !made.in_a_loop) {
    then = follow_up(pending, made);
    if (made.failed) co_await write_failure(pending, made);
  }
  co_await settle(std::move(pending), std::move(stored_name), again, std::move(then));
}

base::Task<> AsyncInvocations::settle(PendingInvocation pending, std::string stored_name,
                                      std::optional<std::chrono::milliseconds> again_after,
                                      std::optional<PendingInvocation> then) {
  std::vector<catalog::Change> changes;
  changes.push_back({key_of(std::move(stored_name)), std::nullopt, {}});
  if (again_after) {
    pending.due = service_.world().clock.now() + *again_after;
    changes.push_back({key_of(name_of(pending)), encode_pending(pending), {}});
    if (changes[0].key == changes[1].key) changes.erase(changes.begin());
  }
  if (then) changes.push_back({key_of(name_of(*then)), encode_pending(*then), {}});
  auto written = co_await service_.world().catalog.apply(std::move(changes));
  if (!written)
    base::log(base::LogLevel::kWarning, "an asynchronous event could not be settled; it will be run again");
}

std::string encode_pending(const PendingInvocation& pending) {
  RecordWriter out;
  out.text("account", std::string_view(pending.function.account))
      .text("region", std::string_view(pending.function.region));
  out.text("name", std::string_view(pending.function.name))
      .text("qualifier", std::string_view(pending.function.qualifier));
  out.text("request", std::string_view(pending.request_id))
      .text("context", std::string_view(pending.client_context));
  out.text("trace", std::string_view(pending.trace_header));
  out.number("accepted", base::unix_millis(pending.accepted)).number("due", base::unix_millis(pending.due));
  out.number("attempts", std::int64_t{pending.attempts}).number("throttles", std::int64_t{pending.throttles});
  return out.text("payload", std::string_view(pending.payload)).finish();
}

std::optional<PendingInvocation> decode_pending(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json in = parser.root();
  PendingInvocation pending;
  pending.function = {read_text(in, "account"), read_text(in, "region"), read_text(in, "name"),
                      read_text(in, "qualifier")};
  pending.request_id = read_text(in, "request");
  pending.client_context = read_text(in, "context");
  pending.trace_header = read_text(in, "trace");
  pending.payload = read_text(in, "payload");
  pending.accepted = from_millis(read_number(in, "accepted"));
  pending.due = from_millis(read_number(in, "due"));
  pending.attempts = static_cast<std::int32_t>(read_number(in, "attempts"));
  pending.throttles = static_cast<std::int32_t>(read_number(in, "throttles"));
  return pending;
}

}  // namespace millrace::lambda
