// Awaiting a socket of this thread's io_context without Asio's type-erased dispatch. A Task's executor is any_io_executor; an
// operation that completes through it pays for indirect calls, an allocation and work counting. Here the completion handler has
// no executor of its own, so the socket's typed one counts and the operation resumes the task directly. Inside net only.
//
// The operation does not hear of task cancellation, so it is for waits that no handler is in: a session between requests is
// ended by closing its socket.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "base/task.h"

namespace millrace::net {

template <class Resume>
struct DirectHandler {
  void operator()(const boost::system::error_code& e, std::size_t size = 0) {
    *error = e;
    std::move(resume)(size);
  }
  Resume resume;
  boost::system::error_code* error;
};

// co_await receive_some(socket, buffer, error): bytes read; `error` must outlive the wait.
template <class Socket, class Buffer>
base::Task<std::size_t> receive_some(Socket& socket, Buffer buffer, boost::system::error_code& error) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::size_t)>(
      [](auto resume, Socket* from, Buffer into, boost::system::error_code* e) {
        from->async_read_some(into, DirectHandler<decltype(resume)>{std::move(resume), e});
      },
      boost::asio::use_awaitable, &socket, buffer, &error);
}

template <class Resume>
struct PostedHandler {
  void operator()() { std::move(resume)(); }
  Resume resume;
};

// co_await end_of_round(context): behind what is ready on this loop now. By the loop's own thread.
inline base::Task<> end_of_round(boost::asio::io_context& context) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [](auto resume, boost::asio::io_context* loop) {
        boost::asio::post(loop->get_executor(), PostedHandler<decltype(resume)>{std::move(resume)});
      },
      boost::asio::use_awaitable, &context);
}

}  // namespace millrace::net
