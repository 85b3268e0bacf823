// The words of a PartiQL statement. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
// Pure; any thread; linear in the statement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::dynamodb::partiql {

enum class TokenKind : std::uint8_t {
  kWord,        // SELECT, pk: as written
  kQuotedName,  // "pk": unquoted
  kString,      // 'it''s': unquoted
  kNumber,
  kParameter,  // ?
  kSymbol,     // = <> != < <= > >= ( ) [ ] { } << >> , . : * + - ;
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::size_t offset = 0;
};

// The last token is kEnd. The error is a message for a ValidationException.
base::Result<std::vector<Token>, std::string> tokenize(std::string_view statement);

}  // namespace millrace::dynamodb::partiql
