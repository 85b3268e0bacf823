// The spawner's own program: one thread, almost no memory, waits for requests and for the ends of its children.
#pragma once

namespace millrace::runtime {

// Serves requests on `socket` until the server closes it; then kills every child and returns the exit code. Called in the forked process.
int spawner_main(int socket, bool rooms);

}  // namespace millrace::runtime
