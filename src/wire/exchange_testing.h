// A net::Exchange made of memory, and a way to run a task to its end.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/http.h"

namespace millrace::wire {

struct FakeRequest {
  std::string method = "POST";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class FakeExchange final : public net::Exchange {
 public:
  explicit FakeExchange(FakeRequest request) : request_(std::move(request)) {
    head_.method = request_.method;
    head_.target = request_.target;
    const std::size_t mark = std::min(request_.target.find('?'), request_.target.size());
    head_.path = std::string_view(request_.target).substr(0, mark);
    head_.query = std::string_view(request_.target).substr(std::min(mark + 1, request_.target.size()));
    for (const auto& [name, value] : request_.headers)
      head_.headers.push_back({name, value});
  }

  const net::RequestHead& head() const override { return head_; }
  std::string_view peer_address() const override { return "127.0.0.1"; }
  base::Task<base::Result<std::string_view, net::ReadError>> read_body(std::size_t limit) override {
    if (request_.body.size() > limit) co_return base::fail(net::ReadError::kTooLarge);
    co_return std::string_view(request_.body);
  }
  base::Task<base::Result<std::string_view, net::ReadError>> read_some() override {
    co_return std::string_view();
  }
  const std::vector<std::pair<std::string, std::string>>& trailers() const override { return trailers_; }
  base::Task<base::Result<void, net::WriteError>> send(net::ResponseHead head,
                                                       std::string_view body) override {
    ++answers;
    response = std::move(head);
    sent = body;
    co_return base::Result<void, net::WriteError>();
  }
  base::Task<base::Result<void, net::WriteError>> begin(net::ResponseHead head) override {
    ++answers;
    response = std::move(head);
    co_return base::Result<void, net::WriteError>();
  }
  base::Task<base::Result<void, net::WriteError>> write(std::string_view chunk) override {
    sent += chunk;
    co_return base::Result<void, net::WriteError>();
  }
  base::Task<base::Result<void, net::WriteError>> finish() override {
    finished = true;
    co_return base::Result<void, net::WriteError>();
  }
  void abort() override { aborted = true; }
  base::Task<> wait_closed() override { co_return; }

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers) {
      if (net::equals_ignore_case(key, name)) return value;
    }
    return {};
  }

  net::ResponseHead response;
  std::string sent;
  int answers = 0;
  bool finished = false;
  bool aborted = false;

 private:
  FakeRequest request_;
  net::RequestHead head_;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

template <class T>
T run(base::Task<T> task) {
  boost::asio::io_context io;
  std::optional<T> result;
  std::exception_ptr failure;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
    failure = e;
    result = std::move(value);
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

inline void run(base::Task<> task) {
  boost::asio::io_context io;
  std::exception_ptr failure;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e) { failure = e; });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace millrace::wire
