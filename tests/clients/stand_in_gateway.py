"""Replaces the Python that starts the local gateway with `NAME -m streaming_construct local`.

Variables control it: it prints GATEWAY_WORDS and GATEWAY_URL, and ends at once with GATEWAY_EXITS.
It writes its process id and its arguments to GATEWAY_TRACE, and a line when it stops.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

trace = Path(os.environ["GATEWAY_TRACE"])
record = {"pid": os.getpid(), "arguments": sys.argv[1:], "stopped": False}
trace.write_text(json.dumps(record))


def stop(*_: object) -> None:
    trace.write_text(json.dumps({**record, "stopped": True}))
    sys.exit(0)


signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, stop)
print(os.environ.get("GATEWAY_WORDS", "starting"), file=sys.stderr, flush=True)
if "GATEWAY_EXITS" in os.environ:
    sys.exit(3)
if "GATEWAY_URL" in os.environ:
    print(os.environ["GATEWAY_URL"], flush=True)
time.sleep(60)
