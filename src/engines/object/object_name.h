// Keys as paths and back (docs/formats/objects.md): a key's parts between slashes are folders and a file, so that a person finds
// in the folder what a client put, and a client what a person put there. Whatever a key is, its path stays in the bucket's
// folder. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace millrace::object {

constexpr std::size_t kMaxKeyBytes = 1024;

// 3 to 63 of a-z, 0-9, '.', '-'; begins and ends with a letter or digit; no "..".
bool is_bucket_name(std::string_view name);

// The folders and, last, the file. nullopt: no key (empty, over 1024 bytes, not UTF-8).
std::optional<std::vector<std::string>> path_of_key(std::string_view key);

// What a file or folder of this name adds to the key of the folder it is in; nullopt: no key leads here.
//   file "b" -> "b"; folder "a" -> "a/"; parts of a long name -> themselves
std::optional<std::string> key_part(std::string_view name, bool is_folder);

// The object's file where a folder has its name already.
std::string beside_folder(std::string_view name);

// "arn:aws:s3:::bucket": its name; empty when it is no bucket's ARN.
std::string_view bucket_of_arn(std::string_view arn);

// As AWS's services name what they write: <prefix>yyyy/mm/dd/yyyy-mm-ddThh.mm.ss-<id>, UTC.
std::string dated_key(std::string_view prefix, base::WallTime time, std::string_view id);

}  // namespace millrace::object
