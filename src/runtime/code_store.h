// CodeStore: function packages by content. A zip is checked, kept under its SHA-256 and unpacked once,
// read-only, into the layout its runtime wants. Owner: the server. Threads: any; the work runs on the store's
// own threads, the awaiting task resumes on its own executor. After a successful put() the package survives
// power loss; after a failed one nothing is left behind.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <boost/asio/thread_pool.hpp>

#include "base/result.h"
#include "base/task.h"
#include "runtime/function_spec.h"

namespace millrace::runtime {

struct CodeError {
  enum class Kind {
    kNotZip,      // "Could not unzip uploaded file. Please check your file, then try to upload again."
    kUnsafeName,  // a path outside the package, an absolute name, a link that leaves it
    kTooLarge,    // "Unzipped size must be smaller than 262144000 bytes"
    kTooMany,     // more entries than the limit
    kEmpty,       // no entries
    kNotFound,    // no package of that hash
    kIo,          // the disk; message says what
  } kind;
  std::string message;
};

struct CodeLimits {
  std::uint64_t unpacked_bytes = 262144000;
  std::uint64_t entries = 100000;
};

struct StoredCode {
  std::string sha256_hex;           // FunctionSpec::code_sha256
  std::string sha256_base64;        // Lambda's CodeSha256
  std::uint64_t size = 0;           // of the zip: Lambda's CodeSize
  std::uint64_t unpacked_size = 0;  // of its files
};

// Where a package is unpacked decides what `import 'name'` finds: each Node layout is a folder with a
// node_modules link to the SDK of its runtime ids beside the packages.
enum class CodeLayout { kPlain, kNodeSdkV2, kNodeSdkV3 };
CodeLayout layout_of(const FunctionSpec& function);

class CodeStore {
 public:
  // `folder` is made when missing; the sdk folders are those that contain node_modules, or empty.
  CodeStore(std::string folder, std::string node_sdk_v2, std::string node_sdk_v3, CodeLimits limits = {});
  ~CodeStore();  // waits for running work

  // Keeps `zip` and unpacks it for `layout`.
  base::Task<base::Result<StoredCode, CodeError>> put(std::string zip, CodeLayout layout);
  // The folder that holds the files, absolute, without trailing slash; unpacks when that layout was not
  // wanted before.
  base::Task<base::Result<std::string, CodeError>> unpacked(std::string sha256_hex, CodeLayout layout);
  // Hot reload: a folder of the machine stands for a package, under "hot:<absolute path>" instead of a hash. unpacked() gives the
  // folder itself.
  static std::string hot_name(std::string_view folder);
  static bool is_hot(std::string_view sha256_hex);
  // Differs after any file below the folder was changed, added or removed (of node_modules, only which packages there are).
  base::Task<std::string> fingerprint(std::string hot_name);
  // The zip as it was uploaded.
  base::Task<base::Result<std::string, CodeError>> read(std::string sha256_hex);
  // A folder for /opt that holds the layers' files merged in order (later ones win); empty string for no
  // layers.
  base::Task<base::Result<std::string, CodeError>> layers(std::vector<std::string> sha256_hex);
  // Forgets a package; running sandboxes keep what they opened.
  base::Task<base::Result<void, CodeError>> remove(std::string sha256_hex);

  const std::string& folder() const { return folder_; }

 private:
  base::Result<StoredCode, CodeError> put_now(const std::string& zip, CodeLayout layout);
  base::Result<std::string, CodeError> unpacked_now(const std::string& sha256_hex, CodeLayout layout);
  base::Result<std::string, CodeError> read_now(const std::string& sha256_hex);
  base::Result<std::string, CodeError> layers_now(const std::vector<std::string>& sha256_hex);
  base::Result<void, CodeError> remove_now(const std::string& sha256_hex);
  std::string zip_path(std::string_view sha256_hex) const;
  std::string layout_folder(CodeLayout layout) const;
  base::Result<void, CodeError> prepare_layout(CodeLayout layout);
  bool is_known(const std::string& tree);
  void set_known(const std::string& tree, bool known);

  std::string folder_;
  std::string node_sdk_v2_;
  std::string node_sdk_v3_;
  CodeLimits limits_;
  std::mutex work_;   // one change of the folder at a time; held by the store's own threads only
  std::mutex mutex_;  // guards known_, held briefly
  std::map<std::string, bool> known_;  // folders known to be whole
  boost::asio::thread_pool threads_{2};
};

}  // namespace millrace::runtime
