#pragma once

#include <millrace/function.h>

// Everything the function needs is made here, once per sandbox; what it throws is reported as an init error.
millrace::function::Handler make_handler();
