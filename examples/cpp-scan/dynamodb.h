// As much of a DynamoDB client as one function needs: signed JSON requests over one connection that is kept.
#pragma once

#include <memory>
#include <millrace/function.h>
#include <string>

namespace cpp_scan {

using millrace::function::Json;

class DynamoDb {
 public:
  // Endpoint (AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, or AWS's own), region and credentials from the environment.
  DynamoDb();
  ~DynamoDb();

  // The operation's answer. An Error with DynamoDB's own type when it refuses.
  Json call(const std::string& operation, const Json& input);

 private:
  struct Connection;
  std::string exchange(const std::string& request, int& status);

  std::string host_;  // with the port, as it is signed
  std::string address_;
  bool secure_ = false;
  std::string region_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace cpp_scan
