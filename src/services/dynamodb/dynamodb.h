// The DynamoDB API: what its operations share. One operation, one file; operations.cc is the table of contents.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "engines/table/tables.h"
#include "wire/operation.h"

namespace millrace::dynamodb {

class TableMeters;
class TransferWork;

// Everything must outlive it. Any thread.
struct DynamoDb {
  table::Tables& tables;
  base::Clock& clock;
  base::Random& random;
  TableMeters* meters = nullptr;          // counts for CloudWatch; null: nothing is counted
  TransferWork* transfer_work = nullptr;  // carries out exports and imports; null: they wait
};

// What the server composes; `service` must outlive it.
wire::ServiceEntry operations(DynamoDb& service);

template <class Output>
using Answer = base::Task<base::Result<Output, wire::ServiceError>>;
template <class T>
using Checked = base::Result<T, wire::ServiceError>;

}  // namespace millrace::dynamodb
