#include "services/lambda/url_sink.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kIntegration = "application/vnd.awslambda.http-integration-response";
constexpr std::uint64_t kFreeBytes = 6u << 20;
constexpr std::uint64_t kBytesPerSecond = 2u << 20;

}  // namespace

base::Task<bool> UrlSink::begin(std::string_view content_type, bool streamed) {
  content_type_ = content_type;
  passes_ = parts_.stream && streamed;
  wants_prelude_ = streamed && content_type.starts_with(kIntegration);
  // Nothing is sent before the first byte: until then an error can still become a 502.
  co_return true;
}

base::Task<bool> UrlSink::start(net::ResponseHead head) {
  started_ = true;
  parts_.decorate(head);
  auto begun = co_await parts_.exchange.begin(std::move(head));
  co_return begun.has_value();
}

base::Task<bool> UrlSink::pass(std::string_view bytes) {
  if (bytes.empty()) co_return true;
  auto written = co_await parts_.exchange.write(bytes);
  if (!written) co_return false;
  sent_ += bytes.size();
  if (parts_.bandwidth_shape && sent_ > kFreeBytes) {
    const std::uint64_t charged = std::min<std::uint64_t>(bytes.size(), sent_ - kFreeBytes);
    co_await parts_.clock.sleep_for(std::chrono::microseconds(charged * 1'000'000 / kBytesPerSecond));
  }
  co_return true;
}

base::Task<bool> UrlSink::write(std::string_view bytes) {
  if (malformed_ || too_large_) co_return true;  // the function may go on; its answer is lost already
  if (!passes_) {
    too_large_ = buffer_.size() + bytes.size() > parts_.buffer_limit;
    if (!too_large_) buffer_.append(bytes);
    co_return true;
  }
  if (!wants_prelude_) {
    if (!started_) {
      net::ResponseHead head;
      head.headers.emplace_back("Content-Type",
                                content_type_.empty() ? "application/octet-stream" : content_type_);
      const bool begun = co_await start(std::move(head));
      if (!begun) co_return false;
    }
    co_return co_await pass(bytes);
  }
  std::string_view rest;
  switch (splitter_.feed(bytes, rest)) {
    case PreludeSplitter::State::kMore:
      co_return true;
    case PreludeSplitter::State::kTooLong:
      malformed_ = true;
      co_return true;
    case PreludeSplitter::State::kDone:
      break;
  }
  wants_prelude_ = false;
  std::optional<net::ResponseHead> head = parse_prelude(splitter_.prelude());
  if (!head) {
    malformed_ = true;
    co_return true;
  }
  const bool begun = co_await start(std::move(*head));
  if (!begun) co_return false;
  co_return co_await pass(rest);
}

base::Task<> UrlSink::send_buffered() {
  std::optional<UrlAnswer> answer;
  if (wants_prelude_ && buffer_.empty()) {
    // Announced and never written: as with a streaming URL, an empty 200.
    answer.emplace();
    answer->head.headers.emplace_back("Content-Type", "application/octet-stream");
  } else if (wants_prelude_) {
    // A streaming handler's metadata behind a buffered URL: taken apart all the same.
    std::string_view rest;
    if (splitter_.feed(buffer_, rest) == PreludeSplitter::State::kDone) {
      if (auto head = parse_prelude(splitter_.prelude()))
        answer = UrlAnswer{std::move(*head), std::string(rest)};
    }
  } else {
    answer = infer_answer(buffer_);
  }
  if (too_large_ || !answer) co_return co_await fail(502);
  parts_.decorate(answer->head);
  started_ = true;
  (void)co_await parts_.exchange.send(std::move(answer->head), answer->body);
}

base::Task<> UrlSink::finish() {
  if (!passes_) co_return co_await send_buffered();
  if (malformed_) co_return co_await fail(502);
  // Metadata was announced and its end never came; when nothing came at all, AWS answers an empty 200.
  if (wants_prelude_ && !splitter_.empty()) co_return co_await fail(502);
  if (!started_) {
    net::ResponseHead head;
    head.headers.emplace_back(
        "Content-Type", content_type_.empty() || wants_prelude_ ? "application/octet-stream" : content_type_);
    const bool begun = co_await start(std::move(head));
    if (!begun) co_return;
  }
  (void)co_await parts_.exchange.finish();
}

base::Task<> UrlSink::fail(int status) {
  if (started_) {
    parts_.exchange.abort();
    co_return;
  }
  started_ = true;
  net::ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "application/json");
  parts_.decorate(head);
  const std::string_view body =
      status == 429
          ? R"({"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."})"
          : "Internal Server Error";
  (void)co_await parts_.exchange.send(std::move(head), body);
}

}  // namespace millrace::lambda
