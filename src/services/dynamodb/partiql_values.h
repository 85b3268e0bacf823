// The part of the PartiQL parser that reads tokens, literals and paths. Internal to the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/partiql_lexer.h"
#include "services/dynamodb/partiql_statement.h"

namespace millrace::dynamodb::partiql {

class Reader {
 public:
  Reader(std::vector<Token> tokens, const std::vector<table::Value>& parameters, Statement& out)
      : tokens_(std::move(tokens)), parameters_(parameters), out_(out) {}

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  void skip() { at_ = std::min(at_ + 1, tokens_.size() - 1); }
  bool is_word(std::string_view word, std::size_t ahead = 0) const;  // whatever the case of its letters
  bool take_word(std::string_view word);
  bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const;
  bool take_symbol(std::string_view symbol);
  // Remembers the first problem; always false.
  bool fail(std::string message);
  bool expected(std::string_view what);
  const std::string& problem() const { return problem_; }

  // A name, quoted or not.
  bool name(std::string& out);
  // A path as an expression; `last` is its last name, `simple` the whole when it is one name.
  struct Path {
    std::string text;
    std::string last;
    std::string simple;
  };
  bool path(Path& out);
  bool starts_literal() const;
  bool literal(table::Value& out, int depth = 0);
  // A literal, put among the values: its placeholder.
  bool value(std::string& placeholder);
  std::string add_value(table::Value value);
  bool all_parameters_used() const { return next_parameter_ == parameters_.size(); }

 private:
  std::string add_name(const std::string& name);
  bool number(table::Value& out, bool negative);
  bool list(table::Value& out, std::string_view end, int depth);
  bool map(table::Value& out, int depth);
  bool set(table::Value& out, int depth);

  std::vector<Token> tokens_;
  const std::vector<table::Value>& parameters_;
  Statement& out_;
  std::size_t at_ = 0;
  std::size_t next_parameter_ = 0;
  std::string problem_;
};

}  // namespace millrace::dynamodb::partiql
