// What grammar does not say: functions, reserved words, placeholders, operand types and paths, in AWS's order.
// Resolves the placeholders of the tree. nullopt: all is well; else AWS's message without "Invalid ...Expression: ".
#pragma once

#include <optional>
#include <string>

#include "engines/table/expression.h"
#include "engines/table/expression_parser.h"

namespace millrace::table {

using Problem = std::optional<std::string>;

Problem check_condition(ExpressionParser& parsed, Placeholders& placeholders);
Problem check_update_expression(ExpressionParser& parsed, Placeholders& placeholders);
Problem check_projection(ExpressionParser& parsed, Placeholders& placeholders);

}  // namespace millrace::table
