#include "engines/table/expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "engines/table/expression_check.h"
#include "engines/table/expression_parser.h"
#include "engines/table/item_codec.h"
#include "engines/table/number.h"

namespace millrace::table {
namespace {

constexpr std::size_t kMaxExpressionSize = 4096;

ExpressionError invalid(std::string_view what, std::string_view problem) {
  return {fmt::format("Invalid {}: {}", what, problem)};
}

bool is_placeholder(std::string_view text, char sign) {
  if (text.size() < 2 || text[0] != sign) return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// AWS words the size limit differently for writes and for reads.
std::optional<ExpressionError> check_text(std::string_view what, std::string_view text, bool is_write) {
  if (text.empty()) return invalid(what, "The expression can not be empty;");
  if (text.size() <= kMaxExpressionSize) return std::nullopt;
  constexpr std::string_view kTooLong = "Expression size has exceeded the maximum allowed size;";
  if (is_write)
    return ExpressionError{fmt::format("1 validation error detected: Invalid {}: {}", what, kTooLong)};
  return invalid(what, fmt::format("{} expression size: {}", kTooLong, text.size()));
}

std::string_view parameter_name(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::kCondition:
      return "ConditionExpression";
    case ConditionKind::kKeyCondition:
      return "KeyConditionExpression";
    case ConditionKind::kFilter:
      return "FilterExpression";
  }
  return {};
}

std::string join(const std::vector<std::string_view>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

void Placeholders::prepare() {
  if (values_) value_used_.assign(values_->members.size(), false);
}

base::Result<void, ExpressionError> Placeholders::check() const {
  auto fail = [](std::string message) { return base::fail(ExpressionError{std::move(message)}); };
  if (has_names_) {
    if (names_.empty()) return fail("ExpressionAttributeNames must not be empty");
    for (const auto& name : names_) {
      if (is_placeholder(name.placeholder, '#')) continue;
      return fail(fmt::format("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{}\"",
                              name.placeholder));
    }
  }
  if (!values_) return {};
  if (values_->members.empty()) return fail("ExpressionAttributeValues must not be empty");
  for (const auto& [placeholder, value] : values_->members) {
    if (is_placeholder(placeholder, ':')) continue;
    return fail(fmt::format("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{}\"",
                            placeholder));
  }
  for (const auto& [placeholder, value] : values_->members) {
    if (const Invalid* bad = first_invalid(value)) {
      return fail(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", bad->message,
                              placeholder));
    }
  }
  return {};
}

base::Result<void, ExpressionError> Placeholders::check_all_used() const {
  std::vector<std::string_view> unused;
  for (const auto& name : names_) {
    if (!name.used) unused.push_back(name.placeholder);
  }
  std::string_view member = "ExpressionAttributeNames";
  if (unused.empty() && values_) {
    member = "ExpressionAttributeValues";
    for (std::size_t i = 0; i < value_used_.size(); ++i) {
      if (!value_used_[i]) unused.push_back(values_->members[i].first);
    }
  }
  if (unused.empty()) return {};
  return base::fail(ExpressionError{
      fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", member, join(unused))});
}

const std::string_view* Placeholders::use_name(std::string_view placeholder) {
  for (auto& name : names_) {
    if (name.placeholder != placeholder) continue;
    name.used = true;
    return &name.name;
  }
  return nullptr;
}

const Value* Placeholders::use_value(std::string_view placeholder) {
  if (!values_) return nullptr;
  for (std::size_t i = 0; i < values_->members.size(); ++i) {
    if (values_->members[i].first != placeholder) continue;
    value_used_[i] = true;
    return &values_->members[i].second;
  }
  return nullptr;
}

std::string describe_path(Path path) {
  std::string text = "[";
  for (const auto& element : path) {
    if (text.size() > 1) text += ", ";
    if (element.is_index) {
      text += fmt::format("[{}]", element.index);
    } else {
      text += element.name;
    }
  }
  return text + "]";
}

const Value* find_path(const Item& item, Path path) {
  const Value* at = item.find(path[0].name);
  for (std::size_t i = 1; at && i < path.size(); ++i) {
    if (path[i].is_index) {
      auto* list = std::get_if<List>(&at->data);
      at = list && path[i].index < list->members.size() ? &list->members[path[i].index] : nullptr;
    } else {
      auto* map = std::get_if<Map>(&at->data);
      at = map ? map->find(path[i].name) : nullptr;
    }
  }
  return at;
}

std::optional<std::strong_ordering> compare_values(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return std::nullopt;
  if (auto* s = std::get_if<String>(&a.data)) return s->text <=> std::get<String>(b.data).text;
  if (auto* x = std::get_if<Binary>(&a.data)) return x->bytes <=> std::get<Binary>(b.data).bytes;
  if (auto* n = std::get_if<Number>(&a.data)) {
    return from_normal_text(n->text) <=> from_normal_text(std::get<Number>(b.data).text);
  }
  return std::nullopt;
}

base::Result<Condition, ExpressionError> parse_condition(ConditionKind kind, std::string_view text,
                                                         Placeholders& placeholders) {
  std::string_view what = parameter_name(kind);
  if (auto error = check_text(what, text, kind == ConditionKind::kCondition))
    return base::fail(std::move(*error));
  ExpressionParser parser(text);
  if (!parser.parse_condition()) return base::fail(invalid(what, parser.error()));
  if (auto problem = check_condition(parser, placeholders)) return base::fail(invalid(what, *problem));
  return Condition(std::move(parser.tree));
}

base::Result<Projection, ExpressionError> parse_projection(std::string_view text,
                                                           Placeholders& placeholders) {
  constexpr std::string_view kWhat = "ProjectionExpression";
  if (auto error = check_text(kWhat, text, false)) return base::fail(std::move(*error));
  ExpressionParser parser(text);
  if (!parser.parse_projection()) return base::fail(invalid(kWhat, parser.error()));
  if (auto problem = check_projection(parser, placeholders)) return base::fail(invalid(kWhat, *problem));
  return Projection(std::move(parser.tree), std::move(parser.paths));
}

base::Result<Update, ExpressionError> parse_update(std::string_view text, Placeholders& placeholders) {
  constexpr std::string_view kWhat = "UpdateExpression";
  if (auto error = check_text(kWhat, text, true)) return base::fail(std::move(*error));
  ExpressionParser parser(text);
  if (!parser.parse_update()) return base::fail(invalid(kWhat, parser.error()));
  if (auto problem = check_update_expression(parser, placeholders))
    return base::fail(invalid(kWhat, *problem));
  return Update(std::move(parser.tree), std::move(parser.actions), false);
}

}  // namespace millrace::table
