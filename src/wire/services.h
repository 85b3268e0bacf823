// The services of one server: look-up by target prefix or REST path, the in-process door, and the list of
// what is implemented. Filled before the first request and not changed after; then any thread may read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "wire/operation.h"
#include "wire/route_table.h"
#include "wire/shape_facts.h"

namespace millrace::wire {

// The way an in-process caller (a trigger, CloudFormation, the console's back end) names itself.
struct LocalCall {
  std::string_view service;    // "dynamodb"
  std::string_view operation;  // "CreateTable"
  std::string_view input;  // JSON as a client would send it; REST-JSON members by their names, wherever HTTP
                           // would carry them
  Principal principal;     // account and region matter
  std::string request_id;
};

class Services {
 public:
  // `protocols`: what it speaks besides its first protocol; null: nothing.
  void add(ServiceEntry entry, const ProtocolFacts* protocols = nullptr);
  // Null: it speaks its first protocol only.
  const ProtocolFacts* protocols(const ServiceEntry& entry) const;

  // X-Amz-Target "DynamoDB_20120810.PutItem": by its part before the dot. Null when unknown.
  const ServiceEntry* find_target(std::string_view prefix) const;
  const ServiceEntry* find(std::string_view id) const;
  // Of those that speak Query: by the signature's service, or by what a form without one asks for. Null when there is none.
  const ServiceEntry* find_query(std::string_view signing_name) const;
  const ServiceEntry* find_action(std::string_view action, std::string_view version) const;

  struct Route {
    const ServiceEntry* service = nullptr;
    const OperationFacts* operation = nullptr;
    std::vector<std::pair<std::string_view, std::string>> labels;  // names are the model's
  };
  // By method and REST path (and the fixed query of the template). nullopt when no service has it.
  std::optional<Route> route(std::string_view method, std::string_view path, std::string_view query) const;

  // The same decoders, checks, handler and encoders as a request from the network, without HTTP, signature or
  // metrics. Waits for the handler. `call.input` must stay until the task completes. The answer is JSON;
  // members HTTP would bind to headers stand in it by name.
  base::Task<base::Result<std::string, ServiceError>> call(LocalCall call, base::WallTime now) const;

  // "dynamodb PutItem implemented" for every operation of every model, sorted.
  struct Listed {
    std::string_view service;
    std::string_view operation;
    bool implemented;
  };
  std::vector<Listed> list() const;

  const std::vector<ServiceEntry>& entries() const { return entries_; }

 private:
  std::vector<ServiceEntry> entries_;
  std::vector<const ProtocolFacts*> protocols_;  // beside entries_
  RouteTable routes_;
};

// Null when the table has no such row; the model may still know the name (find_facts).
const OperationRow* find_row(const ServiceEntry& entry, std::string_view operation);
const OperationFacts* find_facts(const ServiceFacts& facts, std::string_view operation);
// `operation` is one of the service's.
const OperationShapes& find_shapes(const ServiceFacts& service, const ProtocolFacts& protocols,
                                   const OperationFacts& operation);

}  // namespace millrace::wire
