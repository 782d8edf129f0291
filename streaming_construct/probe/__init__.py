"""Timing a live stream and judging whether it streamed.

May import `knowledge`. Standard library otherwise.
"""

from streaming_construct.probe.probing import Probed, probe

__all__ = ["Probed", "probe"]
