// The function in C++ that does nothing, for bench/measures/functions.py.
#include <millrace/function.h>

using namespace millrace::function;

Handler make_handler() {
  return buffered([](const Json&, const Context&) -> Json { return Json::object(); });
}

int main() {
  return run(make_handler);
}
