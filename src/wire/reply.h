// The answer to one API request while it is being made: an output or an error, and how the protocol shows it.
// Lives as long as the request's task; one thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "net/http.h"
#include "wire/error.h"
#include "wire/operation.h"
#include "wire/protocol.h"

namespace millrace::wire {

class Reply {
 public:
  // `entry` may be null (no service knows the request). Both must outlive the reply.
  Reply(const ServiceEntry* entry, const net::RequestHead& head, Speech speech)
      : entry_(entry), speech_(speech), head_(head) {}

  // Before the first error: what the service speaks besides its first protocol; a form names its service in the body.
  void set_service(const ServiceEntry* entry, const ProtocolFacts* protocols) {
    entry_ = entry;
    protocols_ = protocols;
  }

  void set_request_id(std::string id) { request_id_ = std::move(id); }
  const std::string& request_id() const { return request_id_; }

  Outgoing& outgoing() { return outgoing_; }
  // The output is whole, in JSON: puts it into the request's protocol.
  void encode(std::string_view operation, const OperationShapes& shapes);
  // Replaces whatever was to be answered; if a streamed answer has begun it can only be cut.
  void fail(ServiceError error);
  // Set by a streaming handler's exchange.
  bool* answered() { return &answered_; }
  bool cut() const { return answered_ && failed_; }

  // x-amzn-RequestId and, for pages on this machine, CORS fields.
  std::vector<std::pair<std::string, std::string>> common_headers() const;
  base::Task<> send(net::Exchange& exchange);
  // For a request that no service knows.
  base::Task<> send_unknown(net::Exchange& exchange);

  int status() const { return outgoing_.status; }
  const std::string& error_code() const { return error_code_; }

 private:
  net::ResponseHead make_head();

  const ServiceEntry* entry_;
  const ProtocolFacts* protocols_ = nullptr;
  Speech speech_;
  const net::RequestHead& head_;
  std::string request_id_;
  Outgoing outgoing_;
  bool failed_ = false;
  bool answered_ = false;
  std::string error_code_;
};

}  // namespace millrace::wire
