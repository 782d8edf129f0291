"""Timing a live stream, judging whether it streamed, and naming what is wrong if not.

`fetch` and `command` touch the world, `sigv4` what is configured; the rest is pure. May import
`knowledge`, and the console of `local`. Standard library otherwise, but for click in `command` and
botocore in `sigv4`.
"""

from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.result import ProbeResult, probe

__all__ = ["ApiTimeouts", "ProbeResult", "probe"]
