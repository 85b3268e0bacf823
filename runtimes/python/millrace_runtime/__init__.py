"""What stands between the server and a Python handler. Everything here stays out of the handler's sight but for its context."""
