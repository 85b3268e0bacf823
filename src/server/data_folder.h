// The data folder: made when missing, refused with a reason when it cannot serve. Layout in docs/guides.
#pragma once

#include <string>

#include "base/result.h"

namespace millrace::server {

struct DataFolder {
  std::string root;     // absolute
  std::string store;    // the key space; nobody else's business
  std::string code;     // function packages
  std::string objects;  // buckets, for people too
};

// Makes the folders; the error says what to do. Waits for the disk.
base::Result<DataFolder, std::string> prepare_data_folder(const std::string& path);

}  // namespace millrace::server
