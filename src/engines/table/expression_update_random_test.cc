// Random update expressions against a second, plain interpreter: a document of numbers, sets, lists and maps that is changed
// action by action, with no thought of speed or paths.
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

struct Doc {
  using Texts = std::set<std::string>;
  std::variant<int, Texts, std::vector<Doc>, std::map<std::string, Doc>> data;
};
using Members = std::map<std::string, Doc>;

std::string json(const Doc& doc) {
  const auto joined = [](const auto& all, auto text) {
    std::string out;
    for (const auto& one : all)
      out += (out.empty() ? "" : ",") + text(one);
    return out;
  };
  if (auto* n = std::get_if<int>(&doc.data)) return "{\"N\":\"" + std::to_string(*n) + "\"}";
  if (auto* set = std::get_if<Doc::Texts>(&doc.data))
    return "{\"SS\":[" + joined(*set, [](const std::string& text) { return "\"" + text + "\""; }) + "]}";
  if (auto* list = std::get_if<std::vector<Doc>>(&doc.data)) return "{\"L\":[" + joined(*list, json) + "]}";
  return "{\"M\":{" +
         joined(std::get<Members>(doc.data),
                [](const auto& member) { return "\"" + member.first + "\":" + json(member.second); }) +
         "}}";
}

// What an action takes from the old item or from a literal.
struct Operand {
  std::string text;
  std::optional<Doc> value;  // nullopt: there is nothing, which refuses the update
};

// One action on "name", "name[index]" or "name.member".
struct Action {
  std::string verb, name, member;
  int index = -1;
  Operand operand;
  std::string path() const {
    if (index >= 0) return name + "[" + std::to_string(index) + "]";
    return member.empty() ? name : name + "." + member;
  }
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : dice_(seed) {}
  std::size_t roll(std::size_t sides) { return dice_() % sides; }

  Doc leaf() {
    if (roll(4) > 0) return Doc{static_cast<int>(roll(9)) - 4};
    Doc::Texts texts;
    for (std::size_t i = 0; i <= roll(3); ++i)
      texts.insert(std::string(1, static_cast<char>('p' + roll(4))));
    return Doc{texts};
  }
  Doc value() {
    const std::size_t kind = roll(4);
    if (kind == 2) {
      std::vector<Doc> list;
      for (std::size_t i = roll(4); i > 0; --i)
        list.push_back(leaf());
      return Doc{list};
    }
    if (kind == 3) {
      Members map;
      for (const char* name : {"x", "y"})
        if (roll(2)) map[name] = leaf();
      return Doc{map};
    }
    return leaf();
  }
  Members item() {
    Members item;
    for (const char* name : {"a", "b", "c", "d"})
      if (roll(5)) item[name] = value();
    return item;
  }

  // Literals are remembered as they are used: the text names them.
  std::string literal(const Doc& doc) {
    literals_ += (literals_.empty() ? "\":v" : ",\":v") + std::to_string(count_) + "\":" + json(doc);
    return ":v" + std::to_string(count_++);
  }
  std::string literals() const { return "{" + literals_ + "}"; }

  Operand set_operand(const Members& old) {
    const std::string name(1, static_cast<char>('a' + roll(4)));
    const auto found = old.find(name);
    const std::optional<Doc> there = found == old.end() ? std::nullopt : std::optional(found->second);
    switch (roll(6)) {
      case 0:
        return {name, there};
      case 1: {
        const Doc other = leaf();
        return {"if_not_exists(" + name + ", " + literal(other) + ")", there ? there : other};
      }
      case 2: {
        const int more = static_cast<int>(roll(5));
        const bool minus = roll(2);
        const std::string text = name + (minus ? " - " : " + ") + literal(Doc{more});
        const int* n = there ? std::get_if<int>(&there->data) : nullptr;
        if (!n) return {text, std::nullopt};
        return {text, Doc{minus ? *n - more : *n + more}};
      }
      case 3: {
        const std::vector<Doc> more = {leaf()};
        const std::string text = "list_append(" + name + ", " + literal(Doc{more}) + ")";
        const auto* list = there ? std::get_if<std::vector<Doc>>(&there->data) : nullptr;
        if (!list) return {text, std::nullopt};
        std::vector<Doc> all = *list;
        all.insert(all.end(), more.begin(), more.end());
        return {text, Doc{all}};
      }
      default: {
        const Doc doc = value();
        return {literal(doc), doc};
      }
    }
  }

  // At most one whole attribute or several of its parts, so that no paths overlap.
  std::vector<Action> actions(const Members& old) {
    std::vector<Action> all;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      const std::size_t form = roll(6);
      if (form == 0) add(all, Action{{}, name, {}, -1, {}}, old);
      if (form == 1) {
        for (const int index : {0, 1, 2, 5, 7})
          if (roll(3) == 0) add(all, Action{{}, name, {}, index, {}}, old);
      }
      if (form == 2) {
        for (const char* member : {"x", "y", "z"})
          if (roll(2)) add(all, Action{{}, name, member, -1, {}}, old);
      }
    }
    return all;
  }

 private:
  void add(std::vector<Action>& all, Action action, const Members& old) {
    const std::size_t verb = roll(6);
    if (verb < 3) {
      action.verb = "SET";
      action.operand = set_operand(old);
    } else if (verb == 3) {
      action.verb = "REMOVE";
    } else if (verb == 4) {
      action.verb = "ADD";
      const Doc doc = leaf();
      action.operand = {literal(doc), doc};
    } else {
      action.verb = "DELETE";
      const Doc doc{Doc::Texts{std::string(1, static_cast<char>('p' + roll(4))), "p"}};
      action.operand = {literal(doc), doc};
    }
    all.push_back(std::move(action));
  }

  std::mt19937_64 dice_;
  std::string literals_;
  int count_ = 0;
};

std::string text_of(const std::vector<Action>& actions) {
  std::string text;
  for (const std::string verb : {"SET", "REMOVE", "ADD", "DELETE"}) {
    std::string clause;
    for (const Action& action : actions) {
      if (action.verb != verb) continue;
      clause += (clause.empty() ? verb + " " : ", ") + action.path();
      if (verb == "SET") clause += " =";
      if (verb != "REMOVE") clause += " " + action.operand.text;
    }
    if (!clause.empty()) text += (text.empty() ? "" : " ") + clause;
  }
  return text;
}

// The new value at a place that holds `there`; false: refused. `result` empty: nothing is there afterwards.
bool act(const Action& action, const std::optional<Doc>& there, std::optional<Doc>& result) {
  if (action.verb == "REMOVE") {
    result = std::nullopt;
    return true;
  }
  if (!action.operand.value) return false;
  const Doc& operand = *action.operand.value;
  result = operand;
  if (action.verb == "SET") return true;
  if (!there) {
    if (action.verb == "DELETE") result = std::nullopt;
    return true;
  }
  if (there->data.index() != operand.data.index()) return false;
  if (auto* n = std::get_if<int>(&there->data)) {
    result = Doc{*n + std::get<int>(operand.data)};
    return true;
  }
  Doc::Texts texts = std::get<Doc::Texts>(there->data);
  for (const std::string& one : std::get<Doc::Texts>(operand.data)) {
    if (action.verb == "ADD")
      texts.insert(one);
    else
      texts.erase(one);
  }
  result = texts.empty() ? std::nullopt : std::optional(Doc{texts});
  return true;
}

std::optional<Members> interpret(const Members& old, const std::vector<Action>& actions) {
  Members item = old;
  for (const Action& action : actions)
    if (action.verb == "SET" && !action.operand.value) return std::nullopt;
  // Lists change all at once: by the old indexes, then without what went, then with what stands behind the end.
  std::map<std::string, std::map<int, std::optional<Doc>>> in_lists;
  for (const Action& action : actions) {
    std::optional<Doc> result;
    if (action.index >= 0) {
      const auto found = old.find(action.name);
      const auto* list = found == old.end() ? nullptr : std::get_if<std::vector<Doc>>(&found->second.data);
      if (!list) return std::nullopt;
      const auto at = static_cast<std::size_t>(action.index);
      const std::optional<Doc> there = at < list->size() ? std::optional((*list)[at]) : std::nullopt;
      if (!act(action, there, result)) return std::nullopt;
      in_lists[action.name][action.index] = result;
      continue;
    }
    Members* members = &item;
    std::string name = action.name;
    if (!action.member.empty()) {
      const auto found = item.find(action.name);
      members = found == item.end() ? nullptr : std::get_if<Members>(&found->second.data);
      if (!members) return std::nullopt;
      name = action.member;
    }
    const auto there = members->find(name);
    if (!act(action, there == members->end() ? std::nullopt : std::optional(there->second), result))
      return std::nullopt;
    if (result)
      (*members)[name] = *result;
    else
      members->erase(name);
  }
  for (const auto& [name, changes] : in_lists) {
    const std::vector<Doc> before = std::get<std::vector<Doc>>(item[name].data);
    std::vector<Doc> after;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto change = changes.find(static_cast<int>(i));
      if (change == changes.end())
        after.push_back(before[i]);
      else if (change->second)
        after.push_back(*change->second);
    }
    for (const auto& [index, result] : changes)
      if (static_cast<std::size_t>(index) >= before.size() && result) after.push_back(*result);
    item[name] = Doc{after};
  }
  return item;
}

TEST(Updates, AgreeWithAPlainInterpreter) {
  std::size_t made = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    Generator generator(seed);
    const Members old = generator.item();
    const std::vector<Action> actions = generator.actions(old);
    if (actions.empty()) continue;
    const std::string text = text_of(actions);
    const Item before = std::get<Map>(value_from_json(json(Doc{old})).data);
    const Item values = item_from_json(generator.literals());
    Placeholders placeholders(&values);
    auto update = parse_update(text, placeholders);
    ASSERT_TRUE(update) << "seed " << seed << ": " << text << ": " << update.error().message;
    const auto after = update->apply(before);
    const auto expected = interpret(old, actions);
    const std::string shown = "seed " + std::to_string(seed) + ": " + text + " of " + json(Doc{old}) +
                              " with " + generator.literals();
    ASSERT_EQ(after.has_value(), expected.has_value())
        << shown << (after ? "" : ": " + after.error().message);
    if (!after) {
      ++refused;
      continue;
    }
    ++made;
    ASSERT_TRUE(Value{*after} == value_from_json(json(Doc{*expected})))
        << shown << " gave " << to_json(*after) << ", not " << json(Doc{*expected});
  }
  EXPECT_GT(made, 900u);
  EXPECT_GT(refused, 900u);
}

}  // namespace
}  // namespace millrace::table
