// What the store knows of an object beyond its file (docs/formats/objects.md). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/object/files.h"
#include "engines/object/object.h"

namespace millrace::object {

// Of one content of the file. A record has several, newest first: a crash leaves the file as one of them.
struct Known {
  FileState state;
  std::string md5;  // 16 bytes
  ObjectAttributes attributes;
};

std::string record_key(std::string_view bucket, std::string_view key);
std::string records_prefix(std::string_view bucket);
std::string encode_record(const std::vector<Known>& known);
std::vector<Known> decode_record(std::string_view bytes);  // empty when they are none

// The entry for this state; null: somebody else wrote the file.
const Known* find_known(const std::vector<Known>& known, const FileState& state);
// With `newest` in front.
std::vector<Known> remember(std::vector<Known> known, Known newest);

}  // namespace millrace::object
