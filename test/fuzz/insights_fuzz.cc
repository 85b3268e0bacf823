// A query in the first line, events in the others: parsing and running must end without a crash or a long wait, and the same query
// over the same events gives the same rows.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "base/text.h"
#include "services/logs/insights/query.h"

namespace {

using namespace millrace::logs::insights;

std::vector<Row> run(const Query& query, const std::vector<std::string_view>& lines) {
  Run run(query, {1'795'000'000'000}, 1000);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    Event event;
    event.timestamp = {1'795'000'000'000 + static_cast<std::int64_t>(i)};
    event.message = millrace::base::is_valid_utf8(lines[i]) ? std::string(lines[i]) : "";
    event.pointer = std::to_string(i);
    run.add(std::move(event));
  }
  return run.finish();
}

bool same(const std::vector<Row>& a, const std::vector<Row>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Row& x, const Row& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const Column& c, const Column& d) {
      return c.name == d.name && c.value == d.value;
    });
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::vector<std::string_view> lines = millrace::base::split(text, '\n');
  const auto query = parse_query(lines.front());
  if (query && !same(run(*query, lines), run(*query, lines))) std::abort();
  return 0;
}
