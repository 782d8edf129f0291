"""Stands in for the Python that starts the local gateway: `NAME -m streaming_construct local ...`.

What to do comes from the environment: GATEWAY_URL is printed, after GATEWAY_WORDS; GATEWAY_EXITS
ends it at once. GATEWAY_TRACE is where it writes its process id and its arguments, and at the end
that it stopped.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

trace = Path(os.environ["GATEWAY_TRACE"])
told = {"pid": os.getpid(), "arguments": sys.argv[1:], "stopped": False}
trace.write_text(json.dumps(told))


def stop(*_: object) -> None:
    trace.write_text(json.dumps({**told, "stopped": True}))
    sys.exit(0)


signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, stop)
print(os.environ.get("GATEWAY_WORDS", "starting"), file=sys.stderr, flush=True)
if "GATEWAY_EXITS" in os.environ:
    sys.exit(3)
if "GATEWAY_URL" in os.environ:
    print(os.environ["GATEWAY_URL"], flush=True)
time.sleep(60)
