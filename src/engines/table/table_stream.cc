#include "engines/table/table_stream.h"

#include "engines/stream/stream.h"
#include "store/tuple.h"

namespace millrace::table {

std::uint64_t append_change(store::Batch& batch, const TableDefinition& table, const Item& key,
                            std::string_view record, base::WallTime now) {
  const std::string partition = key_bytes(*key.find(table.keys.partition.name));
  return stream::append_record(batch, table.stream->handle, partition, record, now);
}

TableStream new_table_stream(StreamView view, base::Random& random, base::WallTime now) {
  return {stream::new_handle(random, now), stream::label_at(now), view, true};
}

void create_stream(store::Batch& batch, const TableDefinition& table, base::WallTime now) {
  stream::NewStream created;
  created.name = {table.name.account, table.name.region, table.name.name, table.stream->label};
  created.handle = table.stream->handle;
  created.created = now;
  store::append_bytes(created.details, stream_view_name(table.stream->view));
  store::append_bytes(created.details, table.keys.partition.name);
  if (table.keys.sort) store::append_bytes(created.details, table.keys.sort->name);
  stream::create(batch, created);
}

void close_stream(store::Batch& batch, const TableStream& stream, base::WallTime now) {
  stream::close(batch, stream.handle, now);
}

std::optional<StreamDetails> parse_stream_details(std::string_view details) {
  const auto view = store::take_bytes(details);
  auto partition = view ? store::take_bytes(details) : std::nullopt;
  const auto parsed = view ? parse_stream_view(*view) : std::nullopt;
  if (!parsed || !partition) return std::nullopt;
  return StreamDetails{*parsed, std::move(*partition), store::take_bytes(details).value_or("")};
}

}  // namespace millrace::table
