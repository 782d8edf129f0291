"""A WAV file to play: a tone that rises for ten seconds."""

import array
import functools
import io
import math
import sys
import wave

SECONDS = 10
RATE = 16_000
LOW_HZ, HIGH_HZ = 220.0, 880.0


@functools.cache
def tone() -> bytes:
    """Generate the file once, and cache it."""
    samples = array.array("h")
    phase = 0.0
    for number in range(SECONDS * RATE):
        phase += 2 * math.pi * LOW_HZ * (HIGH_HZ / LOW_HZ) ** (number / SECONDS / RATE) / RATE
        samples.append(round(8000 * math.sin(phase)))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()
