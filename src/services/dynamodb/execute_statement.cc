// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
#include "shapes/dynamodb/execute_statement.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "engines/table/item_codec.h"
#include "services/dynamodb/attribute_codec.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/page_parameters.h"
#include "services/dynamodb/partiql_plan.h"

namespace millrace::dynamodb {
namespace {

// Where a SELECT goes on: for which statement, in which of its lookups, after which key. As text in base64:
// fingerprint ':' lookup ':' key as JSON, empty for the lookup's beginning.
struct Position {
  std::size_t lookup = 0;
  std::optional<table::Item> after;
};

std::string fingerprint(const ExecuteStatementInput& input) {
  std::string text = input.statement;
  for (const table::Value& value : input.parameters.value_or(std::vector<table::Value>())) {
    text += '\n';
    table::append_json(text, value);
  }
  return base::base64_encode(base::md5(text).substr(0, 9));
}

std::string encode_position(const ExecuteStatementInput& input, std::size_t lookup, std::string_view key) {
  return base::base64_encode(fingerprint(input) + ":" + std::to_string(lookup) + ":" + std::string(key));
}

Checked<Position> decode_position(const ExecuteStatementInput& input) {
  Position position;
  if (!input.next_token) return position;
  const auto text = base::base64_decode(*input.next_token);
  const std::size_t first = text ? text->find(':') : std::string::npos;
  const std::size_t second = first == std::string::npos ? first : text->find(':', first + 1);
  if (second == std::string::npos) return refuse("Given NextToken is invalid");
  if (text->substr(0, first) != fingerprint(input)) return refuse("NextToken does not match request");
  const char* const begin = text->data() + first + 1;
  const char* const end = text->data() + second;
  const auto [stopped, error] = std::from_chars(begin, end, position.lookup);
  if (error != std::errc() || stopped != end) return refuse("Given NextToken is invalid");
  if (second + 1 == text->size()) return position;
  wire::JsonParser parser;
  wire::DecodeErrors errors;
  table::Item key;
  if (!parser.parse(text->substr(second + 1)) || !decode_attribute_map(parser.root(), key, errors))
    return refuse("Given NextToken is invalid");
  position.after = std::move(key);
  return position;
}

void append_page(table::Page& all, table::Page page) {
  if (!all.items.empty() && !page.items.empty()) all.items += ',';
  all.items += page.items;
  all.count += page.count;
  all.scanned += page.scanned;
  all.table_bytes += page.table_bytes;
  all.index_bytes += page.index_bytes;
  all.last_key = std::move(page.last_key);
}

// One page over all lookups of the plan, from `position` on; moves it to where the next page begins, to the end of the lookups when
// there is none.
base::Task<table::TableResult<table::Page>> read_lookups(DynamoDb& service, table::DefinitionPtr table,
                                                         partiql::SelectPlan& plan, Position& position) {
  table::PageRequest& request = plan.request;
  const std::size_t limit = request.limit;
  const std::size_t lookups = std::max<std::size_t>(1, plan.lookups.size());
  const table::Pages::Check no_more_checks =
      [](const table::TableDefinition&, const table::IndexDefinition*) { return table::TableResult<void>(); };
  table::Page all;
  request.start_key = position.after ? &*position.after : nullptr;
  while (position.lookup < lookups) {
    request.query = plan.lookups.empty() ? nullptr : &plan.lookups[position.lookup]->keys;
    request.limit = limit == 0 ? 0 : limit - all.scanned;
    auto page = co_await service.tables.pages().read(table, request, no_more_checks);
    if (!page) co_return base::fail(std::move(page.error()));
    append_page(all, std::move(*page));
    if (!all.last_key.empty()) break;
    request.start_key = nullptr;
    ++position.lookup;
    if (all.table_bytes + all.index_bytes >= table::kPageBytes) break;
  }
  co_return all;
}

Answer<ExecuteStatementOutput> select(DynamoDb& service, table::DefinitionPtr table,
                                      std::unique_ptr<partiql::Statement> statement,
                                      const ExecuteStatementInput& input) {
  const bool consistent = input.consistent_read.value_or(false);
  auto plan = partiql::plan_select(std::move(statement), *table, consistent);
  if (!plan) co_return base::fail(std::move(plan.error()));
  auto position = decode_position(input);
  if (!position) co_return base::fail(std::move(position.error()));
  const std::string& index = (*plan)->statement->index;
  const auto index_name = index.empty() ? std::optional<std::string>() : std::optional<std::string>(index);
  (*plan)->request.consistent = consistent;
  (*plan)->request.limit = static_cast<std::size_t>(input.limit.value_or(0));
  auto page = co_await read_lookups(service, table, **plan, *position);
  if (!page) co_return base::fail(to_service_error(std::move(page.error())));
  ExecuteStatementOutput output;
  output.items = wire::RawJsonList(std::move(page->items), page->count);
  output.consumed_capacity =
      page_capacity(table, index_name, *page, input.return_consumed_capacity, consistent);
  if (position->lookup < std::max<std::size_t>(1, (*plan)->lookups.size()))
    output.next_token = encode_position(input, position->lookup, page->last_key);
  if (!page->last_key.empty()) output.last_evaluated_key = wire::RawJson{std::move(page->last_key)};
  co_return output;
}

}  // namespace

Answer<ExecuteStatementOutput> execute_statement(DynamoDb& service, const wire::RequestContext& context,
                                                 ExecuteStatementInput input) {
  auto statement = partiql::parse_checked(input.statement, input.parameters);
  if (!statement) co_return base::fail(std::move(statement.error()));
  if ((*statement)->verb == partiql::Verb::kExists)
    co_return refuse("EXISTS is only supported in a transaction");
  const std::string table_name = (*statement)->table;
  auto table = co_await find_table(service, context, table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if ((*statement)->verb == partiql::Verb::kSelect) {
    auto selected = co_await select(service, *table, std::move(*statement), input);
    co_return selected;
  }
  auto plan = partiql::plan_write(std::move(*statement), *table);
  if (!plan) co_return base::fail(std::move(plan.error()));
  auto done = co_await service.tables.items().write(*table, (*plan)->write);
  if (!done)
    co_return base::fail(to_service_error(std::move(done.error()),
                                          error_item(input.return_values_on_condition_check_failure)));
  ExecuteStatementOutput output;
  output.items.emplace();
  const std::string item = partiql::returned(**plan, *done);
  if (!item.empty()) output.items->add(item);
  output.consumed_capacity = write_capacity(*done, input.return_consumed_capacity);
  co_return output;
}

}  // namespace millrace::dynamodb
