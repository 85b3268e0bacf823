#include "handler.h"

int main() {
  return millrace::function::run(make_handler);
}
