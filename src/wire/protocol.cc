#include "wire/protocol.h"

#include <algorithm>

#include "wire/json_writer.h"

namespace millrace::wire {

std::string error_type(const ServiceFacts& facts, const ServiceError& error) {
  if (facts.error_space.empty()) return error.code;
  std::string_view space = facts.error_space;
  if (error.space == ErrorSpace::kValidate) space = "com.amazon.coral.validate";
  if (error.space == ErrorSpace::kCoral) space = "com.amazon.coral.service";
  return std::string(space).append("#").append(error.code);
}

std::string error_body(const ServiceFacts& facts, const ServiceError& error) {
  std::string out = "{";
  const auto separate = [&out] {
    if (out.size() > 1) out += ',';
  };
  if (facts.protocol != Protocol::kRestJson) {
    out += "\"__type\":";
    append_json_string(out, error_type(facts, error));
  } else {
    out += error.members;
  }
  if (!error.message.empty()) {
    separate();
    out.append("\"").append(error.message_key).append("\":");
    append_json_string(out, error.message);
  }
  if (facts.protocol != Protocol::kRestJson && !error.members.empty()) {
    separate();
    out += error.members;
  }
  out += '}';
  return out;
}

std::string_view response_content_type(Protocol protocol, std::string_view request_content_type) {
  switch (protocol) {
    case Protocol::kJson10:
      return request_content_type.starts_with("application/json") ? "application/json"
                                                                  : "application/x-amz-json-1.0";
    case Protocol::kJson11:
      return "application/x-amz-json-1.1";
    case Protocol::kRestJson:
      return "application/json";
  }
  return "application/json";
}

bool is_json_content_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && content_type.back() == ' ')
    content_type.remove_suffix(1);
  return net::equals_ignore_case(content_type, "application/x-amz-json-1.0") ||
         net::equals_ignore_case(content_type, "application/x-amz-json-1.1") ||
         net::equals_ignore_case(content_type, "application/json");
}

RequestIds::RequestIds(base::Random& random) : seed_(random.next_u64()) {}

// splitmix64: a permutation of the counter, so ids of one server never repeat.
std::uint64_t RequestIds::word(std::uint64_t n) const {
  std::uint64_t z = seed_ + n * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::string RequestIds::make(const ServiceFacts& facts) {
  constexpr std::uint64_t kWords = 5;
  const std::uint64_t first = count_.fetch_add(1, std::memory_order_relaxed) * kWords;
  if (facts.signing_name == "dynamodb") {
    constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::string out(52, 'A');
    for (std::size_t i = 0; i < out.size(); i += 12) {
      std::uint64_t bits = word(first + i / 12);
      for (std::size_t j = i; j < std::min(i + 12, out.size()); ++j, bits /= 36)
        out[j] = kLetters[bits % 36];
    }
    return out;
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  std::uint64_t bits = word(first);
  int used = 0;
  for (char& c : out) {
    if (c != 'x') continue;
    if (used++ == 16) bits = word(first + 1);
    c = kHex[bits & 15];
    bits >>= 4;
  }
  return out;
}

}  // namespace millrace::wire
