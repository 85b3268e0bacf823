#include "wire/thread_parser.h"

namespace millrace::wire {

JsonParser& thread_parser() {
  thread_local JsonParser parser;
  return parser;
}

}  // namespace millrace::wire
