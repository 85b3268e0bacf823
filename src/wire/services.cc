#include "wire/services.h"

#include <algorithm>

#include "wire/thread_parser.h"

namespace millrace::wire {
namespace {

ServiceError unknown_operation(std::string_view operation) {
  ServiceError error;
  error.code = "UnknownOperationException";
  error.space = ErrorSpace::kCoral;
  error.message = "Unknown operation: " + std::string(operation);
  return error;
}

}  // namespace

void Services::add(ServiceEntry entry, const ProtocolFacts* protocols) {
  const std::size_t at = entries_.size();
  entries_.push_back(entry);
  protocols_.push_back(protocols);
  if (entry.facts->protocol != Protocol::kRestJson) return;
  for (const OperationFacts& operation : entry.facts->operations)
    routes_.add(at, operation);
  routes_.finish();
}

const ServiceEntry* Services::find_target(std::string_view prefix) const {
  for (const ServiceEntry& entry : entries_) {
    if (entry.facts->target_prefix == prefix && !prefix.empty()) return &entry;
  }
  return nullptr;
}

const ServiceEntry* Services::find(std::string_view id) const {
  for (const ServiceEntry& entry : entries_) {
    if (entry.facts->id == id) return &entry;
  }
  return nullptr;
}

const ProtocolFacts* Services::protocols(const ServiceEntry& entry) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].facts == entry.facts) return protocols_[i];
  }
  return nullptr;
}

const ServiceEntry* Services::find_query(std::string_view signing_name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const bool query = protocols_[i] != nullptr && protocols_[i]->query;
    if (query && entries_[i].facts->signing_name == signing_name) return &entries_[i];
  }
  return nullptr;
}

const ServiceEntry* Services::find_action(std::string_view action, std::string_view version) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const ProtocolFacts* facts = protocols_[i];
    const bool fits = facts != nullptr && facts->query && (version.empty() || facts->api_version == version);
    if (fits && find_facts(*entries_[i].facts, action) != nullptr) return &entries_[i];
  }
  return nullptr;
}

std::optional<Services::Route> Services::route(std::string_view method, std::string_view path,
                                               std::string_view query) const {
  auto match = routes_.find(method, path, query);
  if (!match) return std::nullopt;
  return Route{&entries_[match->service], match->operation, std::move(match->labels)};
}

base::Task<base::Result<std::string, ServiceError>> Services::call(LocalCall call, base::WallTime now) const {
  const ServiceEntry* entry = find(call.service);
  if (entry == nullptr) co_return base::fail(not_implemented(call.service, call.operation));
  const OperationRow* row = find_row(*entry, call.operation);
  if (row == nullptr) {
    const bool known = find_facts(*entry->facts, call.operation) != nullptr;
    co_return base::fail(known ? not_implemented(call.service, call.operation)
                               : unknown_operation(call.operation));
  }
  if (row->streaming)
    co_return base::fail(
        not_implemented(call.service, std::string(call.operation) + " in process: it streams"));

  Incoming incoming;
  JsonParser& parser = thread_parser();  // decoding is over before the handler may wait
  if (!parser.parse(call.input)) co_return base::fail(serialization_error("The input is not JSON"));
  incoming.body = parser.root();

  RequestContext context;
  context.request_id = std::move(call.request_id);
  context.service = entry->facts->id;
  context.operation = row->name;
  context.region = call.principal.region;
  context.principal = std::move(call.principal);
  context.now = now;
  context.request_bytes = call.input.size();
  Outgoing outgoing;
  outgoing.in_process = true;
  auto error = co_await row->call(entry->service, context, incoming, outgoing, nullptr);
  if (error) co_return base::fail(std::move(*error));
  if (outgoing.body.empty()) outgoing.body = "{}";
  co_return std::move(outgoing.body);
}

std::vector<Services::Listed> Services::list() const {
  std::vector<Listed> out;
  for (const ServiceEntry& entry : entries_) {
    for (const OperationFacts& operation : entry.facts->operations) {
      out.push_back({entry.facts->id, operation.name, find_row(entry, operation.name) != nullptr});
    }
  }
  std::sort(out.begin(), out.end(), [](const Listed& a, const Listed& b) {
    return std::tie(a.service, a.operation) < std::tie(b.service, b.operation);
  });
  return out;
}

const OperationRow* find_row(const ServiceEntry& entry, std::string_view operation) {
  const auto at =
      std::lower_bound(entry.rows.begin(), entry.rows.end(), operation,
                       [](const OperationRow& row, std::string_view name) { return row.name < name; });
  return at != entry.rows.end() && at->name == operation ? &*at : nullptr;
}

const OperationFacts* find_facts(const ServiceFacts& facts, std::string_view operation) {
  const auto at =
      std::lower_bound(facts.operations.begin(), facts.operations.end(), operation,
                       [](const OperationFacts& f, std::string_view name) { return f.name < name; });
  return at != facts.operations.end() && at->name == operation ? &*at : nullptr;
}

const OperationShapes& find_shapes(const ServiceFacts& service, const ProtocolFacts& protocols,
                                   const OperationFacts& operation) {
  return protocols.operations[static_cast<std::size_t>(&operation - service.operations.data())];
}

}  // namespace millrace::wire
