// What the server and its spawner say to each other, one SOCK_SEQPACKET message each. Descriptors of a spawn travel beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/spawner.h"

namespace millrace::runtime {

inline constexpr std::size_t kSpawnMessageLimit = 512u << 10;
inline constexpr std::size_t kSpawnDescriptorLimit = 16;

struct SignalRequest {
  std::uint64_t id = 0;
  int signal_number = 0;
};

struct FurnishRequest {
  std::uint64_t id = 0;
  RoomContents contents;
};

std::string encode(const SpawnRequest& request);
std::string encode(const FurnishRequest& request);
std::string encode(const SignalRequest& request);
std::string encode(const SpawnEvent& event);

// nullopt for anything malformed or of another kind.
std::optional<SpawnRequest> decode_spawn(std::string_view message);
std::optional<FurnishRequest> decode_furnish(std::string_view message);
std::optional<SignalRequest> decode_signal(std::string_view message);
std::optional<SpawnEvent> decode_event(std::string_view message);

}  // namespace millrace::runtime
