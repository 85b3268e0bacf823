#include "runtime_client.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "text.h"

namespace millrace::function {
namespace {

constexpr std::string_view kRoot = "/2018-06-01/runtime/";

std::string request_line(std::string_view method, std::string_view path, const Connection& to) {
  std::string text(method);
  text.append(" ")
      .append(kRoot)
      .append(path)
      .append(" HTTP/1.1\r\nHost: ")
      .append(to.address())
      .append("\r\n");
  return text;
}

// What the platform refused is of no use to the handler, but whoever reads the log should know.
void look_at(const HttpReply& reply, std::string_view what) {
  if (reply.status < 300) return;
  std::cerr << "The Runtime API refused " << what << ": " << reply.status << ' ' << reply.body << '\n';
}

std::string error_headers(const ErrorReport& error) {
  // A header is one line.
  std::string type = error.type;
  for (char& c : type) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return "Content-Type: application/vnd.aws.lambda.error+json\r\nLambda-Runtime-Function-Error-Type: " +
         type + "\r\n";
}

}  // namespace

Event RuntimeClient::next() {
  const std::string request = request_line("GET", "invocation/next", connection_) + "\r\n";
  HttpReply reply;
  try {
    connection_.send(request);
    reply = connection_.read_reply();
  } catch (const ConnectionLost&) {
    // It may have been closed while nothing was asked.
    connection_.close();
    connection_.send(request);
    reply = connection_.read_reply();
  }
  if (reply.status != 200)
    throw ConnectionLost("the Runtime API gave no event: " + std::to_string(reply.status) + " " + reply.body);
  Event event;
  event.context = process_;
  event.context.request_id = reply.header("Lambda-Runtime-Aws-Request-Id");
  event.context.invoked_function_arn = reply.header("Lambda-Runtime-Invoked-Function-Arn");
  event.context.trace_id = reply.header("Lambda-Runtime-Trace-Id");
  event.context.client_context = reply.header("Lambda-Runtime-Client-Context");
  event.context.identity = reply.header("Lambda-Runtime-Cognito-Identity");
  event.context.deadline = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(std::atoll(reply.header("Lambda-Runtime-Deadline-Ms").c_str())));
  event.payload = std::move(reply.body);
  return event;
}

void RuntimeClient::post(std::string_view path, std::string_view headers, std::string_view body) {
  std::string head = request_line("POST", path, connection_);
  head.append(headers).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  connection_.send(head, body);
  look_at(connection_.read_reply(), path);
}

void RuntimeClient::respond(const std::string& request_id, std::string_view body) {
  post("invocation/" + request_id + "/response", "Content-Type: application/json\r\n", body);
}

void RuntimeClient::report(const std::string& request_id, const ErrorReport& error) {
  post("invocation/" + request_id + "/error", error_headers(error), error.to_json());
}

void RuntimeClient::report_init(const ErrorReport& error) {
  post("init/error", error_headers(error), error.to_json());
}

void StreamedAnswer::begin(std::string_view content_type) {
  std::string head = request_line("POST", "invocation/" + request_id_ + "/response", connection_);
  head.append(
      "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nContent-Type: ");
  head.append(content_type);
  head.append("\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n");
  connection_.send(head);
}

void StreamedAnswer::write(std::string_view bytes) {
  char size[24];
  const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  try {
    connection_.send(std::string_view(size, static_cast<std::size_t>(length)), bytes);
    connection_.send("\r\n");
  } catch (const ConnectionLost&) {
    throw ReceiverGone();
  }
}

void StreamedAnswer::finish(std::string_view last) {
  connection_.send(last);
  look_at(connection_.read_reply(), "a streamed answer");
}

void StreamedAnswer::end() {
  finish("0\r\n\r\n");
}

void StreamedAnswer::fail(const ErrorReport& error) {
  std::string last = "0\r\nLambda-Runtime-Function-Error-Type: ";
  for (const char c : error.type)
    last += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  last += "\r\nLambda-Runtime-Function-Error-Body: " + base64_encode(error.to_json()) + "\r\n\r\n";
  finish(last);
}

}  // namespace millrace::function
