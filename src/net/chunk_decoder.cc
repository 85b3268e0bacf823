#include <algorithm>

#include "net/http_parser.h"
#include "net/http_text.h"

namespace millrace::net {

namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxOverhead = 32u << 10;
constexpr std::size_t kMaxTrailers = 100;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ChunkDecoder::reset() {
  state_ = State::kSizeLine;
  left_ = 0;
  overhead_ = 0;
  line_.clear();
  trailers_.clear();
}

bool ChunkDecoder::take_size_line(std::string_view line) {
  std::size_t digits = 0;
  left_ = 0;
  while (digits < line.size() && hex_value(line[digits]) >= 0) {
    if (digits == 15) return false;  // below 2^60: no overflow anywhere
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex_value(line[digits]));
    ++digits;
  }
  if (digits == 0) return false;
  std::string_view rest = line.substr(digits);
  if (rest.empty()) return true;
  std::string_view extension = text::trim(rest);
  if (extension.empty() || extension.front() != ';') return false;
  // Extensions are ignored, but counted: a sender of one-byte chunks with long extensions costs more than it pays for.
  overhead_ += rest.size();
  return overhead_ <= kMaxOverhead && text::is_value(rest);
}

ChunkDecoder::Step ChunkDecoder::step(std::string_view input) {
  if (input.empty()) return {Status::kNeedMore, 0, {}};
  if (state_ == State::kData) {
    std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= size;
    if (left_ == 0) state_ = State::kDataEnd;
    return {Status::kData, size, input.substr(0, size)};
  }
  std::size_t used = 0;
  while (used < input.size()) {
    std::string_view rest = input.substr(used);
    std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) {
      line_.append(rest);
      // At the end of chunk data only CRLF may stand: do not collect more than can be right.
      std::size_t most = state_ == State::kDataEnd ? 1 : kMaxLine;
      bool bad = line_.size() > most || (state_ == State::kDataEnd && line_ != "\r");
      return {bad ? Status::kError : Status::kNeedMore, input.size(), {}};
    }
    std::string_view line = rest.substr(0, newline);
    used += newline + 1;
    if (!line_.empty()) {
      line_.append(line);
      line = line_;
    }
    if (line.size() > kMaxLine || line.empty() || line.back() != '\r') return {Status::kError, used, {}};
    line.remove_suffix(1);
    switch (state_) {
      case State::kSizeLine:
        if (!take_size_line(line)) return {Status::kError, used, {}};
        state_ = left_ > 0 ? State::kData : State::kTrailers;
        break;
      case State::kDataEnd:
        if (!line.empty()) return {Status::kError, used, {}};
        state_ = State::kSizeLine;
        break;
      case State::kTrailers: {
        if (line.empty()) {
          line_.clear();
          return {Status::kEnd, used, {}};
        }
        overhead_ += line.size();
        std::optional<HeaderView> field = parse_field_line(line);
        if (!field || overhead_ > kMaxOverhead || trailers_.size() == kMaxTrailers)
          return {Status::kError, used, {}};
        trailers_.emplace_back(field->name, field->value);
        break;
      }
      case State::kData:
        break;
    }
    line_.clear();
    if (state_ == State::kData) {
      // Hand out data with the same step: one call per chunk in the common case.
      Step data = used < input.size() ? step(input.substr(used)) : Step{Status::kNeedMore, 0, {}};
      data.consumed += used;
      return data;
    }
  }
  return {Status::kNeedMore, used, {}};
}

}  // namespace millrace::net
