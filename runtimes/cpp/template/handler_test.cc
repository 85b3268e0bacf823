#include "handler.h"

#include <millrace/function/testing.h>

#include <gtest/gtest.h>

using namespace millrace::function;
using harness::call;

TEST(Hello, Greets) {
  EXPECT_EQ(call(make_handler(), {{"name", "Ada"}}).json()["greeting"], "Hello, Ada");
}

TEST(Hello, AsksForAName) {
  EXPECT_EQ(call(make_handler(), Json::object()).error.value().type, "BadRequest");
}
