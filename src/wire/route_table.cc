#include "wire/route_table.h"

#include <algorithm>

#include "base/encoding.h"

namespace millrace::wire {
namespace {

void split(std::string_view path, std::vector<std::string_view>& out) {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
}

// Whether "name=value" (or "name" alone) stands in the query.
bool has_parameter(std::string_view query, std::string_view name, std::string_view value) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    if (part.substr(0, equals) == name &&
        (value.empty() || part.substr(std::min(equals + 1, part.size())) == value))
      return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

}  // namespace

void RouteTable::add(std::size_t service, const OperationFacts& operation) {
  Route route{service, &operation, {}, {}};
  const std::size_t mark = std::min(operation.uri.find('?'), operation.uri.size());
  std::vector<std::string_view> parts;
  split(operation.uri.substr(0, mark), parts);
  for (std::string_view part : parts) {
    Segment segment{part};
    if (part.starts_with('{')) {
      segment.label = true;
      segment.text = part.substr(1, part.size() - 2);
      if (segment.text.ends_with('+')) {
        segment.greedy = route.greedy = true;
        segment.text.remove_suffix(1);
      }
    } else {
      ++route.literals;
    }
    route.segments.push_back(segment);
  }
  std::string_view query = operation.uri.substr(std::min(mark + 1, operation.uri.size()));
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    route.query.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  routes_.push_back(std::move(route));
}

void RouteTable::finish() {
  std::stable_sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
    if (a.greedy != b.greedy) return b.greedy;
    if (a.literals != b.literals) return a.literals > b.literals;
    return a.query.size() > b.query.size();
  });
}

bool RouteTable::fits(const Route& route, const std::vector<std::string_view>& parts,
                      std::string_view query) {
  const std::size_t wanted = route.segments.size();
  if (route.greedy ? parts.size() < wanted : parts.size() != wanted) return false;
  const std::size_t more = parts.size() - wanted;  // what a greedy label takes beyond one
  std::size_t at = 0;
  for (const Segment& segment : route.segments) {
    if (segment.label) {
      if (parts[at].empty()) return false;
    } else if (parts[at] != segment.text) {
      return false;
    }
    at += segment.greedy ? more + 1 : 1;
  }
  return std::all_of(route.query.begin(), route.query.end(), [&](const auto& parameter) {
    return has_parameter(query, parameter.first, parameter.second);
  });
}

std::optional<RouteTable::Match> RouteTable::bind(const Route& route,
                                                  const std::vector<std::string_view>& parts) {
  Match match{route.service, route.operation, {}};
  const std::size_t more = parts.size() - route.segments.size();
  std::size_t at = 0;
  for (const Segment& segment : route.segments) {
    const std::size_t count = segment.greedy ? more + 1 : 1;
    if (segment.label) {
      const char* const begin = parts[at].data();
      const std::string_view last = parts[at + count - 1];
      const std::string_view text(begin, static_cast<std::size_t>(last.data() + last.size() - begin));
      auto decoded = base::uri_decode(text);
      if (!decoded || !base::is_valid_utf8(*decoded)) return std::nullopt;
      match.labels.emplace_back(segment.text, std::move(*decoded));
    }
    at += count;
  }
  return match;
}

std::optional<RouteTable::Match> RouteTable::find(std::string_view method, std::string_view path,
                                                  std::string_view query) const {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> parts;
  parts.reserve(8);
  split(path, parts);
  for (const Route& route : routes_) {
    if (route.operation->method == method && fits(route, parts, query)) return bind(route, parts);
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = base::uri_decode(part.substr(0, equals), true);
    auto value = base::uri_decode(part.substr(std::min(equals + 1, part.size())), true);
    // A malformed escape or text that is not UTF-8 stands as it was sent.
    if (!name || !base::is_valid_utf8(*name)) name = std::string(part.substr(0, equals));
    if (!value || !base::is_valid_utf8(*value))
      value = std::string(part.substr(std::min(equals + 1, part.size())));
    if (!name->empty()) out.emplace_back(std::move(*name), std::move(*value));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

}  // namespace millrace::wire
