// The contract of store.h over a std::map, as plainly as it can be said: the reference of the contract test, and a fast store
// for the tests of the rooms above. Always checks read sets. Everything completes at once on the caller's thread, except
// waits for appends.
#pragma once

#include <memory>

#include "store/store.h"

namespace millrace::store {

// Writes fail from now on while `broken` (kWriteRefused, nothing written); reads go on.
class MemoryStore : public Store {
 public:
  virtual void fail_writes(bool broken) = 0;
};

std::unique_ptr<MemoryStore> make_memory_store();

}  // namespace millrace::store
