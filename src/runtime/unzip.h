// Unpacks an untrusted zip into a new folder. Pure disk work on the calling thread; used by CodeStore.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/code_store.h"

namespace millrace::runtime {

// `folder` must not exist; it is made, and removed again on failure. Files become read-only with their
// execute bits kept; links are kept when they stay inside. With merge_into_existing the folder may exist and
// later files replace earlier ones (layers).
base::Result<void, CodeError> unzip(const std::string& zip, const std::string& folder,
                                    const CodeLimits& limits, bool merge_into_existing = false);

// Bytes of the files in a zip, as its directory says; 0 when it is none.
std::uint64_t unpacked_size(const std::string& zip);

// Removes a tree, whatever its modes. Missing is fine.
void remove_tree(const std::string& folder);

}  // namespace millrace::runtime
