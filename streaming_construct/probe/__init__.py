"""`streaming-construct probe` and its Python API: time a response, and diagnose it.

May import: `terminal`. The Python API needs the standard library only. `command` and `output` need
click, rich and Jinja2; `http.sigv4` needs botocore.
"""

from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.result import ProbeResult, probe

__all__ = ["ApiTimeouts", "ProbeResult", "probe"]
