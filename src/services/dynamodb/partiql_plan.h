// From a parsed PartiQL statement and its table to what the engine does. Pure but for nothing; any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engines/table/items.h"
#include "engines/table/pages.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/partiql_statement.h"

namespace millrace::dynamodb::partiql {

// Parsed, its parameters checked.
Checked<std::unique_ptr<Statement>> parse_checked(std::string_view text,
                                                  const std::optional<std::vector<table::Value>>& parameters);

// INSERT, UPDATE, DELETE, EXISTS: one item by its whole key. Not to be moved: `write` points into it.
struct WritePlan {
  std::unique_ptr<Statement> statement;
  table::DefinitionPtr table;
  table::Item item;  // or its key
  std::optional<table::Condition> condition;
  std::optional<table::Update> update;
  table::ItemWrite write;
};
Checked<std::unique_ptr<WritePlan>> plan_write(std::unique_ptr<Statement> statement,
                                               table::DefinitionPtr table);
// What RETURNING asks of it, as JSON; empty: nothing.
std::string returned(const WritePlan& plan, const table::WriteOutcome& outcome);

// The items of one partition, or a part of them. Not to be moved: `keys` points into `condition`.
struct Lookup {
  table::Condition condition;
  table::KeyConditions keys;
};

// SELECT. Not to be moved: `request` points into it.
struct SelectPlan {
  std::unique_ptr<Statement> statement;
  // One for an equality on the partition key, one for each value of IN; none: everything is scanned. `request` goes through them in
  // this order: set its query to each.
  std::vector<std::unique_ptr<Lookup>> lookups;
  std::optional<table::Condition> filter;
  std::function<table::Item(const table::Item&)> reshape;
  table::PageRequest request;
};
Checked<std::unique_ptr<SelectPlan>> plan_select(std::unique_ptr<Statement> statement,
                                                 const table::TableDefinition& table, bool consistent);

// SELECT of one item by its whole key, for batches and transactions: the key.
Checked<table::Item> whole_key(const Statement& statement, const table::TableDefinition& table);
// What of the item the statement selects; the item when it selects all. nullopt when the rest of WHERE does not hold.
Checked<std::optional<table::Item>> select_from(const Statement& statement,
                                                const table::TableDefinition& table, table::Item item);

}  // namespace millrace::dynamodb::partiql
