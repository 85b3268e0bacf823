#include "dynamodb.h"

#include <cstdlib>
#include <ctime>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "sigv4.h"

namespace cpp_scan {
namespace {

using millrace::function::Error;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[20];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

// Without regard to case; empty when it is not there.
std::string header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0)
      return std::string(line.substr(line.find_first_not_of(": ", name.size())));
  }
  return {};
}

}  // namespace

// OpenSSL's BIO is the same for plain and for encrypted connections.
struct DynamoDb::Connection {
  SSL_CTX* settings = nullptr;
  BIO* bio = nullptr;
  ~Connection() { close(); }

  void close() {
    BIO_free_all(bio);
    SSL_CTX_free(settings);
    bio = nullptr;
    settings = nullptr;
  }

  void open(const std::string& address, bool secure) {
    if (secure) {
      settings = SSL_CTX_new(TLS_client_method());
      // Where Amazon Linux keeps the authorities, and where OpenSSL was built to look for them.
      SSL_CTX_load_verify_file(settings, "/etc/pki/tls/certs/ca-bundle.crt");
      SSL_CTX_set_default_verify_paths(settings);
      SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, nullptr);
      bio = BIO_new_ssl_connect(settings);
      SSL* ssl = nullptr;
      BIO_get_ssl(bio, &ssl);
      const std::string host = address.substr(0, address.find(':'));
      SSL_set_tlsext_host_name(ssl, host.c_str());
      SSL_set1_host(ssl, host.c_str());
      BIO_set_conn_hostname(bio, address.c_str());
    } else {
      bio = BIO_new_connect(address.c_str());
    }
    if (BIO_do_connect(bio) <= 0) fail("connect");
  }

  [[noreturn]] void fail(const char* what) {
    const char* why = ERR_reason_error_string(ERR_get_error());
    close();
    throw Error("NoConnection", std::string("DynamoDB: ") + what + ": " + (why == nullptr ? "closed" : why));
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const int n = BIO_write(bio, bytes.data(), static_cast<int>(bytes.size()));
      if (n <= 0) fail("send");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void receive(std::string& into) {
    char buffer[16 << 10];
    const int n = BIO_read(bio, buffer, sizeof buffer);
    if (n <= 0) fail("receive");
    into.append(buffer, static_cast<std::size_t>(n));
  }
};

DynamoDb::DynamoDb() : region_(variable("AWS_REGION")), connection_(std::make_unique<Connection>()) {
  std::string url = variable("AWS_ENDPOINT_URL_DYNAMODB");
  if (url.empty()) url = variable("AWS_ENDPOINT_URL");
  if (url.empty()) url = "https://dynamodb." + region_ + ".amazonaws.com";
  secure_ = url.starts_with("https://");
  host_ = url.substr(url.find("://") + 3);
  host_ = host_.substr(0, host_.find('/'));
  address_ = host_.find(':') == std::string::npos ? host_ + (secure_ ? ":443" : ":80") : host_;
}

DynamoDb::~DynamoDb() = default;

std::string DynamoDb::exchange(const std::string& request, int& status) {
  Connection& connection = *connection_;
  if (connection.bio == nullptr) connection.open(address_, secure_);
  connection.send(request);
  std::string answer;
  std::size_t end = 0;
  while ((end = answer.find("\r\n\r\n")) == std::string::npos)
    connection.receive(answer);
  const std::string head = answer.substr(0, end + 2);
  status = std::atoi(head.c_str() + 9);
  const std::size_t length = std::strtoull(header(head, "content-length").c_str(), nullptr, 10);
  while (answer.size() < end + 4 + length)
    connection.receive(answer);
  if (header(head, "connection") == "close") connection.close();
  return answer.substr(end + 4, length);
}

Json DynamoDb::call(const std::string& operation, const Json& input) {
  SigningInput signing;
  signing.host = host_;
  signing.region = region_;
  signing.service = "dynamodb";
  signing.target = "DynamoDB_20120810." + operation;
  signing.body = input.dump();
  signing.time = now();
  signing.access_key_id = variable("AWS_ACCESS_KEY_ID");
  signing.secret_access_key = variable("AWS_SECRET_ACCESS_KEY");
  signing.session_token = variable("AWS_SESSION_TOKEN");
  std::string request = "POST / HTTP/1.1\r\nHost: " + host_ +
                        "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: " + signing.target +
                        "\r\nX-Amz-Date: " + signing.time + "\r\n";
  if (!signing.session_token.empty()) request += "X-Amz-Security-Token: " + signing.session_token + "\r\n";
  request += "Authorization: " + authorization(signing) +
             "\r\nContent-Length: " + std::to_string(signing.body.size()) + "\r\n\r\n" + signing.body;
  int status = 0;
  std::string body;
  try {
    body = exchange(request, status);
  } catch (const Error&) {
    body = exchange(request, status);  // a connection that was idle may have been closed meanwhile
  }
  Json answer = Json::parse(body);
  if (status == 200) return answer;
  const std::string type = answer.value("__type", "UnknownError");
  throw Error(type.substr(type.find('#') + 1), answer.value("message", answer.value("Message", "")));
}

}  // namespace cpp_scan
