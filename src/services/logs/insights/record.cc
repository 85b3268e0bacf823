#include "services/logs/insights/record.h"

#include <algorithm>
#include <array>

#include "wire/json_value.h"

namespace millrace::logs::insights {
namespace {

// AWS finds this many fields in a message and no more.
constexpr std::size_t kMaxFields = 200;

using Fields = std::vector<std::pair<std::string, Value>>;

Value value_of(const wire::Json& json) {
  switch (json.kind()) {
    case wire::JsonKind::kBool:
      return Value(std::string(json.as_bool() ? "true" : "false"));
    case wire::JsonKind::kInt:
    case wire::JsonKind::kUint:
    case wire::JsonKind::kDouble:
      return Value(json.as_double());
    case wire::JsonKind::kString:
      return Value(std::string(json.as_string()));
    default:
      return {};
  }
}

void flatten(const wire::Json& json, const std::string& path, Fields& out) {
  if (out.size() >= kMaxFields) return;
  const std::string below = path.empty() ? path : path + ".";
  if (json.kind() == wire::JsonKind::kObject) {
    for (wire::JsonFields field(json); field.next();)
      flatten(field.value(), below + std::string(field.key()), out);
  } else if (json.kind() == wire::JsonKind::kArray) {
    std::size_t index = 0;
    for (wire::JsonElements element(json); element.next(); ++index)
      flatten(element.value(), below + std::to_string(index), out);
  } else if (Value value = value_of(json); !value.is_nothing()) {
    out.emplace_back(path, std::move(value));
  }
}

// What the platform's own lines say: START, END, REPORT, INIT_START.
void find_report(std::string_view message, Fields& out) {
  constexpr std::array<std::string_view, 4> kTypes{"START", "END", "REPORT", "INIT_START"};
  const std::string_view first = message.substr(0, message.find(' '));
  if (std::ranges::find(kTypes, first) == kTypes.end()) return;
  out.emplace_back("@type", Value(std::string(first)));
  constexpr double kMegabyte = 1'000'000;
  struct Figure {
    const char* name;
    std::string_view mark;
    double unit;
  };
  constexpr std::array<Figure, 5> kFigures{{{"@duration", "\tDuration: ", 1},
                                            {"@billedDuration", "\tBilled Duration: ", 1},
                                            {"@memorySize", "\tMemory Size: ", kMegabyte},
                                            {"@maxMemoryUsed", "\tMax Memory Used: ", kMegabyte},
                                            {"@initDuration", "\tInit Duration: ", 1}}};
  for (const Figure& figure : kFigures) {
    const std::size_t at = message.find(figure.mark);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = message.substr(at + figure.mark.size());
    const auto number = Value(std::string(rest.substr(0, rest.find(' ')))).number();
    if (number) out.emplace_back(figure.name, Value(*number * figure.unit));
  }
}

}  // namespace

const Record::Fields& Record::found() const {
  if (found_) return *found_;
  found_ = std::make_unique<Fields>();
  Fields& out = *found_;
  const Event& event = *event_;
  out.emplace_back("@timestamp", Value(event.timestamp));
  out.emplace_back("@message", Value(event.message));
  out.emplace_back("@logStream", Value(event.stream));
  out.emplace_back("@log", Value(event.log));
  out.emplace_back("@ingestionTime", Value(event.ingested));
  out.emplace_back("@ptr", Value(event.pointer));
  if (!event.request_id.empty()) out.emplace_back("@requestId", Value(event.request_id));
  find_report(event.message, out);
  const std::size_t brace = event.message.find('{');
  if (brace == std::string::npos) return out;
  wire::JsonParser parser;
  std::string_view json = std::string_view(event.message).substr(brace);
  while (!json.empty() && json.back() != '}')
    json.remove_suffix(1);
  if (!json.empty() && parser.parse(json)) flatten(parser.root(), "", out);
  return out;
}

Value Record::get(std::string_view name) const {
  const auto named = [name](const auto& field) { return field.first == name; };
  if (const auto made = std::ranges::find_if(made_, named); made != made_.end()) return made->second;
  if (!event_) return {};
  const Fields& fields = found();
  const auto field = std::ranges::find_if(fields, named);
  return field == fields.end() ? Value() : field->second;
}

void Record::set(std::string name, Value value) {
  const auto known =
      std::ranges::find(made_, name, [](const auto& field) -> const std::string& { return field.first; });
  if (known != made_.end())
    known->second = std::move(value);
  else
    made_.emplace_back(std::move(name), std::move(value));
}

std::vector<std::string> Record::names() const {
  std::vector<std::string> out;
  if (event_) {
    for (const auto& [name, value] : found())
      out.push_back(name);
  }
  for (const auto& [name, value] : made_)
    out.push_back(name);
  return out;
}

}  // namespace millrace::logs::insights
