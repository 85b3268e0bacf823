#include "wire/cbor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/encoding.h"
#include "wire/json_value.h"
#include "wire/shape_codec.h"

namespace millrace::wire {
namespace {

enum Major : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr std::size_t kDeepest = 64;
constexpr std::uint8_t kIndefinite = 31, kBreak = 0xFF;
constexpr std::uint64_t kTimeTag = 1;

double half_to_double(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1F;
  const int mantissa = half & 0x3FF;
  double value;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent != 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value =
        mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return (half & 0x8000) != 0 ? -value : value;
}

class Reader {
 public:
  Reader(std::string_view bytes, std::string& out) : bytes_(bytes), out_(out) {}

  bool document() { return value(0) && bytes_.empty(); }

 private:
  struct Head {
    std::uint8_t major = 0;
    std::uint8_t info = 0;
    std::uint64_t argument = 0;
    bool indefinite() const { return info == kIndefinite; }
  };

  bool head(Head& head) {
    if (bytes_.empty()) return false;
    const auto first = static_cast<std::uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    head.major = first >> 5;
    head.info = first & 0x1F;
    head.argument = head.info;
    if (head.info < 24) return true;
    if (head.info > 27) return head.info == kIndefinite && head.major >= kBytes && head.major <= kMap;
    const std::size_t size = std::size_t{1} << (head.info - 24);
    if (bytes_.size() < size) return false;
    head.argument = 0;
    for (std::size_t i = 0; i < size; ++i)
      head.argument = head.argument << 8 | static_cast<std::uint8_t>(bytes_[i]);
    bytes_.remove_prefix(size);
    return true;
  }

  bool take_break() {
    if (bytes_.empty() || static_cast<std::uint8_t>(bytes_[0]) != kBreak) return false;
    bytes_.remove_prefix(1);
    return true;
  }

  bool value(std::size_t depth) {
    Head h;
    if (depth > kDeepest || !head(h)) return false;
    switch (h.major) {
      case kUnsigned:
        out_ += std::to_string(h.argument);
        return true;
      case kNegative:
        return negative(h.argument);
      case kBytes:
      case kText: {
        std::string text;
        if (!string(h, text)) return false;
        h.major == kText ? append_json_string(out_, text) : append_json_blob(out_, text);
        return true;
      }
      case kArray:
        return array(h, depth);
      case kMap:
        return map(h, depth);
      case kTag:
        return h.argument == kTimeTag && time(depth);
      default:
        return simple(h);
    }
  }

  bool negative(std::uint64_t argument) {
    if (argument <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      append_json_int(out_, -1 - static_cast<std::int64_t>(argument));
    } else {
      append_json_double(out_, -1.0 - static_cast<double>(argument));
    }
    return true;
  }

  bool time(std::size_t depth) {
    if (bytes_.empty()) return false;
    const std::uint8_t major = static_cast<std::uint8_t>(bytes_[0]) >> 5;
    return (major == kUnsigned || major == kNegative || major == kSimple) && value(depth + 1);
  }

  bool string(const Head& h, std::string& text) {
    if (!h.indefinite()) return chunk(h.argument, text);
    while (!take_break()) {
      Head part;
      if (!head(part) || part.major != h.major || part.indefinite() || !chunk(part.argument, text))
        return false;
    }
    return true;
  }

  bool chunk(std::uint64_t size, std::string& text) {
    if (size > bytes_.size()) return false;
    text.append(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return true;
  }

  bool array(const Head& h, std::size_t depth) {
    const std::size_t start = out_.size();
    for (std::uint64_t i = 0; h.indefinite() ? !take_break() : i < h.argument; ++i) {
      out_ += ',';
      if (!value(depth + 1)) return false;
    }
    close_array(out_, start);
    return true;
  }

  bool map(const Head& h, std::size_t depth) {
    const std::size_t start = out_.size();
    for (std::uint64_t i = 0; h.indefinite() ? !take_break() : i < h.argument; ++i) {
      Head key;
      std::string text;
      if (!head(key) || key.major != kText || !string(key, text)) return false;
      out_ += ',';
      append_json_string(out_, text);
      out_ += ':';
      if (!value(depth + 1)) return false;
    }
    close_object(out_, start);
    return true;
  }

  bool simple(const Head& h) {
    switch (h.info) {
      case 20:
        out_ += "false";
        return true;
      case 21:
        out_ += "true";
        return true;
      case 22:
      case 23:
        out_ += "null";
        return true;
      case 25:
        append_json_double(out_, half_to_double(static_cast<std::uint16_t>(h.argument)));
        return true;
      case 26:
        append_json_double(out_, std::bit_cast<float>(static_cast<std::uint32_t>(h.argument)));
        return true;
      case 27:
        append_json_double(out_, std::bit_cast<double>(h.argument));
        return true;
      default:
        return false;
    }
  }

  std::string_view bytes_;
  std::string& out_;
};

void put_head(std::string& out, Major major, std::uint64_t argument) {
  const auto put = [&](std::uint8_t info, int size) {
    out += static_cast<char>(major << 5 | info);
    for (int shift = size - 8; shift >= 0; shift -= 8)
      out += static_cast<char>(argument >> shift);
  };
  if (argument < 24) {
    out += static_cast<char>(major << 5 | static_cast<int>(argument));
  } else if (argument <= 0xFF) {
    put(24, 8);
  } else if (argument <= 0xFFFF) {
    put(25, 16);
  } else if (argument <= 0xFFFFFFFF) {
    put(26, 32);
  } else {
    put(27, 64);
  }
}

void put_text(std::string& out, std::string_view text) {
  put_head(out, kText, text.size());
  out += text;
}

void put_double(std::string& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  out += static_cast<char>(0xFB);
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(bits >> shift);
}

void put_int(std::string& out, std::int64_t value) {
  if (value >= 0) return put_head(out, kUnsigned, static_cast<std::uint64_t>(value));
  put_head(out, kNegative, static_cast<std::uint64_t>(-(value + 1)));
}

class Writer {
 public:
  Writer(const ProtocolFacts* service, std::string& out) : service_(service), out_(out) {}

  void structure(const Json& json, const ShapeFacts& shape) {
    std::string inner;
    std::size_t count = 0;
    std::swap(inner, out_);
    for (const MemberFacts& member : shape.members) {
      const Json value = json.find(member.name);
      if (value.kind() == JsonKind::kAbsent || value.is_null()) continue;
      ++count;
      put_text(out_, member.name);
      this->value(value, member);
    }
    std::swap(inner, out_);
    put_head(out_, kMap, count);
    out_ += inner;
  }

  void plain(const Json& json) {
    switch (json.kind()) {
      case JsonKind::kObject:
        put_head(out_, kMap, json.size());
        for (JsonFields f(json); f.next();) {
          put_text(out_, f.key());
          plain(f.value());
        }
        return;
      case JsonKind::kArray:
        put_head(out_, kArray, json.size());
        for (JsonElements e(json); e.next();)
          plain(e.value());
        return;
      case JsonKind::kString:
        return put_text(out_, json.as_string());
      case JsonKind::kBool:
        out_ += static_cast<char>(json.as_bool() ? 0xF5 : 0xF4);
        return;
      case JsonKind::kInt:
        return put_int(out_, json.as_int());
      case JsonKind::kUint:
        return put_head(out_, kUnsigned, json.as_uint());
      case JsonKind::kDouble:
        return put_double(out_, json.as_double());
      case JsonKind::kNull:
      case JsonKind::kAbsent:
        out_ += static_cast<char>(0xF6);
        return;
    }
  }

 private:
  void value(const Json& json, const MemberFacts& facts) {
    const ShapeFacts& shape = service_->shapes[facts.shape];
    DecodeErrors errors;
    switch (shape.kind) {
      case ShapeKind::kStructure:
        return structure(json, shape);
      case ShapeKind::kList:
        put_head(out_, kArray, json.size());
        for (JsonElements e(json); e.next();)
          value(e.value(), shape.members[0]);
        return;
      case ShapeKind::kMap:
        put_head(out_, kMap, json.size());
        for (JsonFields f(json); f.next();) {
          put_text(out_, f.key());
          value(f.value(), shape.members[1]);
        }
        return;
      case ShapeKind::kBlob: {
        std::string bytes;
        if (!decode_blob(json, bytes, errors)) return plain(json);
        put_head(out_, kBytes, bytes.size());
        out_ += bytes;
        return;
      }
      case ShapeKind::kFloat: {
        double number = 0;
        return decode(json, number, errors) ? put_double(out_, number) : plain(json);
      }
      case ShapeKind::kTimestamp: {
        base::WallTime time;
        if (!decode_timestamp(json, facts.json_time, time, errors)) return plain(json);
        put_head(out_, kTag, kTimeTag);
        return put_double(out_, static_cast<double>(base::unix_millis(time)) / 1000);
      }
      default:
        return plain(json);
    }
  }

  const ProtocolFacts* service_;
  std::string& out_;
};

}  // namespace

std::optional<std::string> cbor_to_json(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  if (!Reader(bytes, out).document()) return std::nullopt;
  return out;
}

std::string json_to_cbor(const ProtocolFacts& service, const OperationShapes& operation,
                         std::string_view json) {
  std::string out;
  JsonParser parser;
  if (operation.output < 0 || !parser.parse(json)) return out;
  Writer(&service, out).structure(parser.root(), service.shapes[static_cast<std::size_t>(operation.output)]);
  return out;
}

std::string json_to_cbor(std::string_view json) {
  std::string out;
  JsonParser parser;
  if (parser.parse(json)) Writer(nullptr, out).plain(parser.root());
  return out;
}

}  // namespace millrace::wire
