// Running a query: the commands that look at one record alone run as events come; from the first that needs them all
// on, after the last.
#include <algorithm>
#include <map>
#include <re2/re2.h>
#include <set>

#include "services/logs/insights/aggregates.h"
#include "services/logs/insights/query.h"

namespace millrace::logs::insights {
namespace {

bool needs_all(const Command& command) {
  return command.kind == Command::Kind::kStats || command.kind == Command::Kind::kSort ||
         command.kind == Command::Kind::kLimit || command.kind == Command::Kind::kDedup;
}

void parse(const Command& command, Record& record, Time now) {
  const Value text = evaluate(command.condition, record, now);
  if (text.is_nothing()) return;
  const std::string subject = text.text();
  std::vector<re2::StringPiece> groups(command.names.size() + 1);
  if (!command.pattern->Match(subject, 0, subject.size(), re2::RE2::UNANCHORED, groups.data(),
                              static_cast<int>(groups.size())))
    return;
  for (std::size_t i = 0; i < command.names.size(); ++i) {
    if (!command.names[i].empty() && groups[i + 1].data() != nullptr)
      record.set(command.names[i], Value(std::string(groups[i + 1])));
  }
}

// False: the record is not wanted.
bool apply(const Command& command, Record& record, Time now) {
  switch (command.kind) {
    case Command::Kind::kFilter:
      return evaluate(command.condition, record, now).truth();
    case Command::Kind::kParse:
      parse(command, record, now);
      return true;
    case Command::Kind::kFields:
    case Command::Kind::kDisplay:
      for (const Named& field : command.fields) {
        const bool itself =
            field.expression.kind == Expression::Kind::kField && field.expression.name == field.name;
        if (!itself) record.set(field.name, evaluate(field.expression, record, now));
      }
      return true;
    default:
      return true;
  }
}

std::string group_key(const std::vector<Named>& fields, const Record& record, Time now,
                      std::vector<Value>& values) {
  std::string key;
  for (const Named& field : fields) {
    values.push_back(evaluate(field.expression, record, now));
    const std::string text = values.back().text();
    key += std::to_string(text.size()) + (values.back().is_nothing() ? '-' : ':') + text;
  }
  return key;
}

std::vector<Record> stats(const Command& command, const std::vector<Record>& records, Time now) {
  struct Group {
    std::vector<Value> by;
    std::vector<std::unique_ptr<Gatherer>> gathered;
  };
  std::map<std::string, Group> groups;
  const auto group_of = [&](std::string key, std::vector<Value> by) -> Group& {
    const auto [place, fresh] = groups.try_emplace(std::move(key));
    if (!fresh) return place->second;
    place->second.by = std::move(by);
    for (const Aggregate& aggregate : command.aggregates)
      place->second.gathered.push_back(make_gatherer(aggregate.function));
    return place->second;
  };
  if (command.fields.empty()) group_of("", {});  // a table of one row, whatever there is
  for (const Record& record : records) {
    std::vector<Value> by;
    std::string key = group_key(command.fields, record, now, by);
    Group& group = group_of(std::move(key), std::move(by));
    for (std::size_t i = 0; i < command.aggregates.size(); ++i) {
      std::vector<Value> arguments;
      for (const Expression& argument : command.aggregates[i].arguments)
        arguments.push_back(evaluate(argument, record, now));
      group.gathered[i]->add(arguments, record.get("@timestamp"));
    }
  }
  std::vector<Record> out;
  for (auto& [key, group] : groups) {
    Record& row = out.emplace_back();
    for (std::size_t i = 0; i < group.by.size(); ++i)
      row.set(command.fields[i].name, std::move(group.by[i]));
    for (std::size_t i = 0; i < command.aggregates.size(); ++i)
      row.set(command.aggregates[i].name, group.gathered[i]->result());
  }
  return out;
}

void sort(const std::vector<SortKey>& keys, std::vector<Record>& records, Time now) {
  std::vector<std::pair<std::vector<Value>, std::size_t>> order;
  for (std::size_t i = 0; i < records.size(); ++i) {
    order.emplace_back(std::vector<Value>(), i);
    for (const SortKey& key : keys)
      order.back().first.push_back(evaluate(key.expression, records[i], now));
  }
  std::ranges::stable_sort(order, [&keys](const auto& a, const auto& b) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const int compared = Value::compare(a.first[i], b.first[i]);
      if (compared != 0) return keys[i].descending ? compared > 0 : compared < 0;
    }
    return false;
  });
  std::vector<Record> out;
  out.reserve(records.size());
  for (const auto& [values, index] : order)
    out.push_back(std::move(records[index]));
  records = std::move(out);
}

void dedup(const Command& command, std::vector<Record>& records, Time now) {
  std::set<std::string> seen;
  std::erase_if(records, [&](const Record& record) {
    std::vector<Value> values;
    return !seen.insert(group_key(command.fields, record, now, values)).second;
  });
}

void newest_first(std::vector<Record>& records, Time now) {
  SortKey key;
  key.expression.kind = Expression::Kind::kField;
  key.expression.name = "@timestamp";
  key.descending = true;
  sort({key}, records, now);
}

}  // namespace

struct Run::State {
  const Query& query;
  Time now;
  std::size_t limit;
  std::vector<Record> records;
  std::vector<Command>::const_iterator rest;  // the first command that needs all records

  void table(const Command& command) {
    if (command.kind == Command::Kind::kStats) {
      records = stats(command, records, now);
    } else if (command.kind == Command::Kind::kSort) {
      sort(command.sort, records, now);
    } else if (command.kind == Command::Kind::kDedup) {
      dedup(command, records, now);
    } else if (command.kind == Command::Kind::kLimit) {
      limit = std::max(limit, command.limit);
      if (records.size() > command.limit) records.resize(command.limit);
    } else {
      std::erase_if(records, [&](Record& record) { return !apply(command, record, now); });
    }
  }

  // The last `display`; else what the last `stats` made, or every `fields` named; else time and message.
  std::vector<std::string> columns() const {
    std::vector<std::string> out;
    const auto add = [&out](const std::string& name) {
      if (std::ranges::find(out, name) == out.end()) out.push_back(name);
    };
    for (const Command& command : query.commands) {
      if (command.kind == Command::Kind::kStats || command.kind == Command::Kind::kDisplay) out.clear();
      if (command.kind == Command::Kind::kStats || command.kind == Command::Kind::kDisplay ||
          command.kind == Command::Kind::kFields) {
        for (const Named& field : command.fields)
          add(field.name);
      }
      for (const Aggregate& aggregate : command.aggregates)
        add(aggregate.name);
    }
    const auto last_shown =
        std::ranges::find_if(query.commands.rbegin(), query.commands.rend(),
                             [](const Command& c) { return c.kind == Command::Kind::kDisplay; });
    if (last_shown != query.commands.rend()) {
      out.clear();
      for (const Named& field : last_shown->fields)
        add(field.name);
    }
    if (out.empty()) out = {"@timestamp", "@message"};
    return out;
  }
};

Run::Run(const Query& query, Time now, std::size_t limit)
    : state_(new State{query, now, limit, {}, std::ranges::find_if(query.commands, needs_all)}) {}
Run::~Run() = default;

void Run::add(Event event) {
  Record record(std::move(event));
  for (auto command = state_->query.commands.begin(); command != state_->rest; ++command) {
    if (!apply(*command, record, state_->now)) return;
  }
  state_->records.push_back(std::move(record));
}

std::size_t Run::matched() const {
  return state_->records.size();
}

std::vector<Row> Run::finish() {
  State& state = *state_;
  newest_first(state.records, state.now);
  for (auto command = state.rest; command != state.query.commands.end(); ++command)
    state.table(*command);
  if (state.records.size() > state.limit) state.records.resize(state.limit);
  const std::vector<std::string> columns = state.columns();
  std::vector<Row> rows;
  for (const Record& record : state.records) {
    Row& row = rows.emplace_back();
    for (const std::string& name : columns) {
      const Value value = record.get(name);
      if (!value.is_nothing()) row.push_back({name, value.text()});
    }
    if (record.has_event()) row.push_back({"@ptr", record.get("@ptr").text()});
  }
  return rows;
}

}  // namespace millrace::logs::insights
