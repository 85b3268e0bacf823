// The whole server: makes everything in order, owns everything, stops it in reverse. Made and stopped on the main thread; both wait.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "engines/catalog/access_keys.h"
#include "runtime/spawner.h"
#include "server/options.h"

namespace millrace::server {

class Composition {
 public:
  // The error is a sentence or two for the person who started the server: what is wrong, what to do.
  // `spawner` must outlive the composition.
  static base::Result<std::unique_ptr<Composition>, std::string> make(const ServeOptions& options,
                                                                      runtime::Spawner& spawner);
  // Finishes what was accepted, within the options' patience, and makes it durable.
  ~Composition();

  std::uint16_t port() const;
  // Set at the very first start: to be shown once.
  const std::optional<catalog::AccessKey>& first_key() const;

 private:
  struct Parts;
  explicit Composition(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// "service operation implemented|open", a line each, from the operation tables.
std::string list_operations();

}  // namespace millrace::server
