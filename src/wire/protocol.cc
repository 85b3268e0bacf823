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

std::string_view query_code(const ProtocolFacts* facts, const ServiceError& error) {
  if (facts != nullptr) {
    for (const auto& [shape, code] : facts->error_codes) {
      if (shape == error.code) return code;
    }
  }
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
  constexpr std::pair<std::string_view, std::string_view> kCommon[] = {
      {"ValidationException", "ValidationError"},
      {"SerializationException", "MalformedInput"},
      {"InternalServerError", "InternalFailure"},
      {"InvalidSignatureException", "SignatureDoesNotMatch"},
      {"UnrecognizedClientException", "InvalidClientTokenId"},
      {"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
      {"IncompleteSignatureException", "IncompleteSignature"},
      {"ExpiredTokenException", "ExpiredToken"},
  };
  for (const auto& [code, query] : kCommon) {
    if (code == error.code) return query;
  }
  return error.code;
}

std::string query_error_header(const ProtocolFacts& facts, const ServiceError& error) {
  return std::string(query_code(&facts, error)) + (error.fault == Fault::kClient ? ";Sender" : ";Receiver");
}

namespace {

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

// "q=0", "q=0.00": not acceptable.
bool has_zero_weight(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const std::string_view weight = trim(parameters.substr(at + 2));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string_view response_content_type(Protocol protocol, std::string_view request_content_type) {
  constexpr std::string_view kJson10 = "application/x-amz-json-1.0";
  switch (protocol) {
    case Protocol::kJson10:
      return net::equals_ignore_case(media_type(request_content_type), kJson10) ? kJson10
                                                                                : "application/json";
    case Protocol::kJson11:
      return "application/x-amz-json-1.1";
    case Protocol::kRestJson:
      return "application/json";
  }
  return "application/json";
}

bool is_json_content_type(Protocol protocol, std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  const std::string_view own =
      protocol == Protocol::kJson11 ? "application/x-amz-json-1.1" : "application/x-amz-json-1.0";
  return net::equals_ignore_case(type, own) || net::equals_ignore_case(type, "application/json");
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view coding = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const auto mark = std::min(coding.find(';'), coding.size());
    if (net::equals_ignore_case(trim(coding.substr(0, mark)), "gzip"))
      return !has_zero_weight(coding.substr(mark));
  }
  return false;
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
