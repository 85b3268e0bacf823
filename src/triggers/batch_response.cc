#include "triggers/batch_response.h"

#include <algorithm>

#include <simdjson.h>

namespace millrace::triggers {

std::size_t records_dealt_with(std::string_view answer, std::span<const store::Sequence> batch) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, failures;
  if (answer.empty() || parser.parse(answer.data(), answer.size()).get(root)) return batch.size();
  if (!root.is_object() || root.at_key("batchItemFailures").get(failures)) return batch.size();
  if (failures.is_null()) return batch.size();
  simdjson::dom::array list;
  if (failures.get_array().get(list)) return 0;
  std::size_t dealt_with = batch.size();
  for (const auto failure : list) {
    std::string_view identifier;
    simdjson::dom::element found;
    if (!failure.is_object() || failure.at_key("itemIdentifier").get(found)) return 0;
    if (found.get_string().get(identifier)) return 0;
    const auto sequence = stream::parse_sequence(identifier);
    if (!sequence) return 0;
    const auto at = std::lower_bound(batch.begin(), batch.end(), *sequence);
    if (at == batch.end() || *at != *sequence) return 0;
    dealt_with = std::min(dealt_with, static_cast<std::size_t>(at - batch.begin()));
  }
  return dealt_with;
}

}  // namespace millrace::triggers
