// Items as ImportTable finds them in objects: a line of DynamoDB JSON, a line of Ion, a record of CSV. What comes out went
// through the wire's own decoding and checks of values. One thread at a time.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engines/table/value.h"

namespace millrace::table {

// A column of a CSV file and the type its values have: S, N or B.
struct CsvColumn {
  std::string name;
  std::string type = "S";
  bool optional = false;  // an empty value is no attribute: key attributes of indexes cannot be empty
};

class ItemReader {
 public:
  ItemReader();
  ~ItemReader();

  // The error is for a person.
  using Read = base::Result<Item, std::string>;
  Read dynamodb_json(std::string_view line);  // {"Item":{"name":{"S":"x"}}}
  Read ion(std::string_view line);            // $ion_1_0 {Item:{name:"x"}}
  Read csv(const std::vector<std::string>& fields, const std::vector<CsvColumn>& columns);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace millrace::table
