"""The program a Python sandbox runs. It may be started before anyone knows for which function: it waits on its channel for INIT,
takes on the function's environment, folder and handler, and then serves events one by one.
Descriptors: 3 the channel, 4 the telemetry log. Contract: docs/design/0008-functions.md, 0013-isolation-and-python.md."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# The program runs isolated (-I -S): nothing of the machine's own Python packages is found, as on Lambda.
sys.path.insert(0, HERE)
from millrace_runtime import loop  # noqa: E402

sys.path.remove(HERE)

# Started ahead, with time to spare: what nearly every function needs is loaded before anyone waits for it.
if len(sys.argv) > 1 and sys.argv[1] == "ahead":
    import datetime  # noqa: F401
    import decimal  # noqa: F401
    import email.parser  # noqa: F401
    import hashlib  # noqa: F401
    import http.client  # noqa: F401
    import ssl  # noqa: F401
    import urllib.request  # noqa: F401
    import uuid  # noqa: F401
sys.argv = ["bootstrap.py"]

loop.run(channel_fd=3, telemetry_fd=4)
