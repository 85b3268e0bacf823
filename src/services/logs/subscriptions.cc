#include "services/logs/subscriptions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/gzip.h"
#include "base/log.h"
#include "services/logs/groups.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace millrace::logs {
namespace {

constexpr std::string_view kKind = "logs.subscription";
constexpr std::size_t kWaitingBytes = 32u << 20;
// Of one invocation, unpacked: packed and in base64 it is below what an asynchronous invocation may carry.
constexpr std::size_t kBatchBytes = 150u << 10;

// Of no account: all are read at start. An account and a region have no slash, a group's name has no colon.
catalog::ResourceKey key_of(const telemetry::GroupKey& group, const std::string& name) {
  return {std::string(kKind), "", "", group.account + "/" + group.region + "/" + group.name + ":" + name};
}

std::string document_of(const Subscription& subscription) {
  std::string out = "{\"pattern\":";
  wire::append_json_string(out, subscription.pattern);
  out += ",\"destinationArn\":";
  wire::append_json_string(out, subscription.destination_arn);
  out += ",\"distribution\":";
  wire::append_json_string(out, subscription.distribution);
  out += fmt::format(",\"created\":{}}}", base::unix_millis(subscription.created));
  return out;
}

std::optional<Subscription> subscription_of(const catalog::Resource& resource) {
  wire::JsonParser parser;
  const std::string& key = resource.key.name;
  const std::size_t account = key.find('/'), colon = key.find(':');
  const std::size_t region = account == std::string::npos ? account : key.find('/', account + 1);
  if (region == std::string::npos || colon == std::string::npos || !parser.parse(resource.document))
    return std::nullopt;
  const wire::Json root = parser.root();
  for (const char* name : {"pattern", "destinationArn", "distribution"}) {
    if (root.find(name).kind() != wire::JsonKind::kString) return std::nullopt;
  }
  if (root.find("created").kind() != wire::JsonKind::kInt) return std::nullopt;
  Subscription out;
  out.group = {key.substr(0, account), key.substr(account + 1, region - account - 1),
               key.substr(region + 1, colon - region - 1)};
  out.name = key.substr(colon + 1);
  out.pattern = root.find("pattern").as_string();
  out.destination_arn = root.find("destinationArn").as_string();
  out.distribution = root.find("distribution").as_string();
  out.created = time_of(root.find("created").as_int());
  return out;
}

// The document that AWS packs, open at its end for events.
std::string begin_data(const Subscription& to, const std::string& stream) {
  std::string out = "{\"messageType\":\"DATA_MESSAGE\",\"owner\":";
  wire::append_json_string(out, to.group.account);
  out += ",\"logGroup\":";
  wire::append_json_string(out, to.group.name);
  out += ",\"logStream\":";
  wire::append_json_string(out, stream);
  out += ",\"subscriptionFilters\":[";
  wire::append_json_string(out, to.name);
  out += "],\"logEvents\":[";
  return out;
}

void append_event(std::string& data, const telemetry::LogEvent& event) {
  if (data.back() != '[') data += ',';
  data += "{\"id\":";
  wire::append_json_string(data, position_text(telemetry::position_of(event)));
  data += fmt::format(",\"timestamp\":{},\"message\":", base::unix_millis(event.time));
  wire::append_json_string(data, utf8_text(event.message));
  data += '}';
}

}  // namespace

void Subscriptions::insert(Subscription subscription) {
  auto pattern = FilterPattern::parse(subscription.pattern);
  if (!pattern) return;  // of a later version
  std::lock_guard lock(mutex_);
  std::vector<Active>& group = active_[subscription.group];
  std::erase_if(group, [&](const Active& known) { return known.subscription.name == subscription.name; });
  group.push_back({std::move(subscription), FilterMatcher(std::move(*pattern))});
  std::ranges::sort(group, {},
                    [](const Active& active) -> const std::string& { return active.subscription.name; });
}

base::Task<bool> Subscriptions::load() {
  catalog::ListRequest request;
  request.kind = kKind;
  request.limit = std::size_t{1} << 20;
  auto page = co_await world_.catalog.list(std::move(request));
  if (!page) co_return false;
  for (const catalog::Resource& resource : page->resources) {
    if (auto subscription = subscription_of(resource)) insert(std::move(*subscription));
  }
  co_return true;
}

base::Task<Subscriptions::Outcome> Subscriptions::put(Subscription subscription) {
  const std::vector<Subscription> known = of(subscription.group);
  const bool replaces = std::ranges::find(known, subscription.name, &Subscription::name) != known.end();
  if (!replaces && known.size() >= kMostOfAGroup) co_return Outcome::kTooMany;
  auto written =
      co_await world_.catalog.put(key_of(subscription.group, subscription.name), document_of(subscription));
  if (!written) co_return Outcome::kStoreFailed;
  insert(std::move(subscription));
  co_return Outcome::kDone;
}

base::Task<bool> Subscriptions::erase(telemetry::GroupKey group, std::string name) {
  auto erased = co_await world_.catalog.erase(key_of(group, name));
  if (!erased) co_return false;
  std::lock_guard lock(mutex_);
  const auto found = active_.find(group);
  if (found == active_.end()) co_return true;
  std::erase_if(found->second, [&](const Active& active) { return active.subscription.name == name; });
  if (found->second.empty()) active_.erase(found);
  co_return true;
}

std::vector<Subscription> Subscriptions::of(const telemetry::GroupKey& group) const {
  std::vector<Subscription> out;
  std::lock_guard lock(mutex_);
  const auto found = active_.find(group);
  if (found == active_.end()) return out;
  for (const Active& active : found->second)
    out.push_back(active.subscription);
  return out;
}

bool Subscriptions::keep_matching(const telemetry::StoredEvent& stored) {
  const auto found = active_.find(stored.group);
  if (found == active_.end()) return false;
  bool wanted = false;
  for (Active& active : found->second) {
    if (!active.matcher.matches(stored.event.message)) continue;
    if (waiting_bytes_ > kWaitingBytes) {
      ++dropped_;
      continue;
    }
    waiting_bytes_ += stored.event.message.size();
    waiting_.push_back({active.subscription, stored.event});
    wanted = true;
  }
  return wanted;
}

void Subscriptions::stored(const std::vector<telemetry::StoredEvent>& events) {
  bool wanted = false;
  {
    std::lock_guard lock(mutex_);
    if (active_.empty()) return;
    for (const telemetry::StoredEvent& event : events)
      wanted = keep_matching(event) || wanted;
  }
  if (wanted) bell_.ring();
}

base::Task<> Subscriptions::run() {
  co_await bell_.open();
  while (!stopping_) {
    co_await flush();
    if (!stopping_) co_await bell_.wait();
  }
  bell_.close();
}

void Subscriptions::stop() {
  stopping_ = true;
  bell_.ring();
}

base::Task<> Subscriptions::flush() {
  std::deque<Waiting> batch;
  {
    std::lock_guard lock(mutex_);
    batch = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
  }
  std::map<std::string, std::pair<const Subscription*, std::string>>
      open;  // a document for each filter and stream
  for (const Waiting& waiting : batch) {
    auto& [to, data] = open[key_of(waiting.to.group, waiting.to.name).name + "\n" + waiting.event.stream];
    if (data.empty()) data = begin_data(waiting.to, waiting.event.stream);
    to = &waiting.to;
    append_event(data, waiting.event);
    if (data.size() < kBatchBytes) continue;
    std::string full = std::exchange(data, {});
    co_await hand_over(waiting.to, std::move(full));
  }
  for (auto& [key, document] : open) {
    if (!document.second.empty()) co_await hand_over(*document.first, std::move(document.second));
  }
}

base::Task<> Subscriptions::hand_over(const Subscription& to, std::string data) {
  data += "]}";
  const std::string event = "{\"awslogs\":{\"data\":\"" + base::base64_encode(base::gzip(data)) + "\"}}";
  std::string input = "{\"InvocationType\":\"Event\",\"FunctionName\":";
  wire::append_json_string(input, to.destination_arn);
  input += ",\"Payload\":\"" + base::base64_encode(event) + "\"}";
  wire::LocalCall call{"lambda", "Invoke", input, {}, base::make_uuid(world_.random)};
  call.principal.account = to.group.account;
  call.principal.region = to.group.region;
  call.principal.service = "logs";
  auto accepted = co_await world_.services.call(std::move(call), world_.clock.now());
  if (accepted) co_return;
  ++dropped_;
  base::log(base::LogLevel::kWarning, "logs: subscription {} of {} could not invoke {}: {}", to.name,
            to.group.name, to.destination_arn, accepted.error().message);
}

}  // namespace millrace::logs
