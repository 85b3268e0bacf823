// Streams a table as lines of JSON: each page of the scan is on its way to the client while the next is fetched, so the first rows
// arrive at once and memory stays flat however large the table is.
//
//   GET <function URL>?table=NAME[&page=ROWS]
#include <millrace/function.h>
#include <string>

#include "dynamodb.h"

namespace {

using namespace millrace::function;

// {"n":{"N":"1"}} as {"n":1}: what people rather read.
Json plain(const AttributeValue& value);

struct Plain {
  Json operator()(std::nullptr_t) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const Number& value) const { return Json::parse(value.text); }
  Json operator()(const StringSet& set) const { return set.values; }
  Json operator()(const NumberSet& set) const {
    Json numbers = Json::array();
    for (const Number& number : set.values)
      numbers.push_back((*this)(number));
    return numbers;
  }
  Json operator()(const List& list) const {
    Json values = Json::array();
    for (const AttributeValue& value : list)
      values.push_back(plain(value));
    return values;
  }
  Json operator()(const Item& item) const {
    Json values = Json::object();
    for (const auto& [name, value] : item)
      values[name] = plain(value);
    return values;
  }
  // Bytes have no plain form; they stay as DynamoDB writes them.
  template <class Bytes>
  Json operator()(const Bytes& bytes) const {
    return AttributeValue(bytes);
  }
};

Json plain(const AttributeValue& value) {
  return std::visit(Plain{}, value.value);
}

std::string lines(const Json& page) {
  std::string text;
  for (const Json& item : page.at("Items"))
    text += plain(AttributeValue(item.get<Item>())).dump() + "\n";
  return text;
}

int status_of(const Error& error) {
  if (error.type() == "ResourceNotFoundException") return 404;
  return error.type() == "ValidationException" ? 400 : 502;
}

void scan(cpp_scan::DynamoDb& table, const HttpRequest& request, ResponseStream& out) {
  Json input{{"TableName", request.query.contains("table") ? request.query.at("table") : ""}};
  if (request.query.contains("page")) input["Limit"] = std::stoi(request.query.at("page"));
  Json page;
  try {
    page = table.call("Scan", input);
  } catch (const Error& error) {
    out.begin_http({status_of(error), {{"content-type", "text/plain"}}, {}});
    return out.write(error.type() + ": " + error.what() + "\n");
  }
  out.begin_http({200, {{"content-type", "application/x-ndjson"}}, {}});
  for (;;) {
    out.write(lines(page));
    if (!page.contains("LastEvaluatedKey")) return;
    input["ExclusiveStartKey"] = page["LastEvaluatedKey"];
    page = table.call("Scan", input);
  }
}

}  // namespace

int main() {
  return run([] {
    return streaming<HttpRequest>(
        [table = std::make_shared<cpp_scan::DynamoDb>()](
            const HttpRequest& request, const Context&, ResponseStream& out) { scan(*table, request, out); });
  });
}
