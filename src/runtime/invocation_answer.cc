// The answer of an invocation, from the sandbox's frames to the receiver.
#include <fmt/format.h>

#include "runtime/frame.h"
#include "runtime/invocation.h"

namespace millrace::runtime {

base::Task<> NodeInvocation::relay(ResponseSink& sink) {
  while (!answer_done_ && !finished_) {
    const auto type = co_await sandbox_->channel.next();
    if (!type) {
      co_await lost();
      co_return;
    }
    bool good = true;
    switch (*type) {
      case FrameType::kResponse:
      case FrameType::kAnswer:
        good = co_await buffered(sink, *type);
        break;
      case FrameType::kStreamBegin:
        good = co_await stream_began(sink);
        break;
      case FrameType::kStreamData:
        good = co_await write_pieces(sink);
        break;
      case FrameType::kStreamEnd:
        good = co_await take_memory();
        answer_complete();
        pool_->about_to_release(sandbox_);
        break;
      case FrameType::kError:
      case FrameType::kStreamError:
      case FrameType::kFatal:
        good = co_await error_frame(*type);
        break;
      default:
        good = false;
    }
    if (good) continue;
    if (receiver_gone_) co_return;
    co_await lost();
    co_return;
  }
}

void NodeInvocation::answer_complete() {
  answer_done_ = true;
  outcome_.duration = std::chrono::duration_cast<Micros>(world_.clock->steady_now() - started_);
  outcome_.max_memory_mb = (memory_kb_ + 1023) / 1024;
}

base::Task<bool> NodeInvocation::buffered(ResponseSink& sink, FrameType type) {
  const bool known = co_await take_memory();
  if (!known) co_return false;
  if (sandbox_->channel.remaining() > kBufferedAnswerLimit) {
    fail(InvokeFailure::kTooLarge,
         error_document("Function.ResponseSizeTooLarge",
                        fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                                    kBufferedAnswerLimit)));
    while (sandbox_->channel.remaining() > 0) {
      const auto skipped = co_await sandbox_->channel.piece();
      if (!skipped) co_return false;
    }
  } else {
    outcome_.answer_began = true;
    receiver_gone_ = !co_await sink.begin("application/json", false);
    if (!receiver_gone_) {
      const bool written = co_await write_pieces(sink);
      if (!written && !receiver_gone_) co_return false;
    }
    while (sandbox_->channel.remaining() > 0) {
      const auto skipped = co_await sandbox_->channel.piece();
      if (!skipped) co_return false;
    }
    if (receiver_gone_) fail(InvokeFailure::kCancelled, {});
  }
  answer_complete();
  if (type == FrameType::kAnswer) {  // kNext follows
    pool_->about_to_release(sandbox_);
    co_return true;
  }
  ready_ = true;
  complete(outcome_.failure == InvokeFailure::kTooLarge ? "error" : "");
  co_return true;
}

base::Task<bool> NodeInvocation::stream_began(ResponseSink& sink) {
  const std::string content_type = co_await take_text();
  outcome_.answer_began = true;
  const bool listening = co_await sink.begin(content_type, true);
  if (!listening) co_await receiver_left();
  co_return listening;
}

// The rest of the frame, to the receiver. Nothing more is read from the sandbox before the receiver has taken a piece.
base::Task<bool> NodeInvocation::write_pieces(ResponseSink& sink) {
  while (sandbox_->channel.remaining() > 0) {
    const auto part = co_await sandbox_->channel.piece();
    if (!part) co_return false;
    if (produced_bytes_ == 0)
      latency_ = std::chrono::duration_cast<Micros>(world_.clock->steady_now() - started_);
    produced_bytes_ += part->size();
    const bool taken = co_await sink.write(*part);
    if (!taken) {
      co_await receiver_left();
      co_return false;
    }
    if (deadline_->expired) co_return false;
  }
  co_return true;
}

base::Task<> NodeInvocation::receiver_left() {
  receiver_gone_ = true;
  fail(InvokeFailure::kCancelled, {});
  std::string frame;
  append_frame_header(frame, FrameType::kCancel, 0);
  co_await sandbox_->channel.send(frame);
}

base::Task<bool> NodeInvocation::error_frame(FrameType type) {
  const bool known = co_await take_memory();
  if (!known) co_return false;
  std::string document = co_await take_text();
  const bool too_large = sandbox_->api && error_type_of(document) == "Function.ResponseSizeTooLarge";
  fail(too_large ? InvokeFailure::kTooLarge : InvokeFailure::kHandled, std::move(document));
  answer_complete();
  if (type == FrameType::kStreamError) {  // kNext follows
    pool_->about_to_release(sandbox_);
    co_return true;
  }
  ready_ = type == FrameType::kError;
  if (!ready_) co_await log_exit();
  complete(ready_ ? "" : "error");
  co_return true;
}

}  // namespace millrace::runtime
