// An exchange that notes whether an answer was begun, so that dispatch knows what can still be said after a failure.
#pragma once

#include <memory>
#include <utility>

#include "net/http.h"

namespace millrace::wire {

class TrackedExchange final : public net::Exchange {
 public:
  // Both must outlive it.
  TrackedExchange(net::Exchange& inner, bool* answered) : inner_(inner), answered_(answered) {}

  const net::RequestHead& head() const override { return inner_.head(); }
  std::string_view peer_address() const override { return inner_.peer_address(); }
  base::Task<base::Result<std::string_view, net::ReadError>> read_body(std::size_t limit) override {
    return inner_.read_body(limit);
  }
  base::Task<base::Result<std::string_view, net::ReadError>> read_some() override {
    return inner_.read_some();
  }
  const std::vector<std::pair<std::string, std::string>>& trailers() const override {
    return inner_.trailers();
  }
  base::Task<base::Result<void, net::WriteError>> send(net::ResponseHead head,
                                                       std::string_view body) override {
    *answered_ = true;
    return inner_.send(std::move(head), body);
  }
  base::Task<base::Result<void, net::WriteError>> begin(net::ResponseHead head) override {
    *answered_ = true;
    return inner_.begin(std::move(head));
  }
  base::Task<base::Result<void, net::WriteError>> write(std::string_view chunk) override {
    return inner_.write(chunk);
  }
  base::Task<base::Result<void, net::WriteError>> finish() override { return inner_.finish(); }
  void abort() override { inner_.abort(); }
  base::Task<> wait_closed() override { return inner_.wait_closed(); }

 private:
  net::Exchange& inner_;
  bool* answered_;
};

}  // namespace millrace::wire
