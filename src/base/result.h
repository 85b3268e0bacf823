// Result<T, E>: a value or an expected error. Expected errors are values with an enum (or a small struct) per
// engine; an exception means a bug (docs/design/0001-the-house.md). tl::expected is C++23's std::expected,
// early.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace millrace::base {

template <class T, class E>
using Result = tl::expected<T, E>;

// `return fail(Error::kNotFound);` from any function that returns a Result.
template <class E>
[[nodiscard]] constexpr auto fail(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace millrace::base
