"""Fuzz what reads the input of others: `python -m tools.fuzz --seconds 60`.

The time is divided among the targets of `tests/fuzz`. An input for which a property does not hold
is made as small as possible and printed; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import secrets
import time
import traceback
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

_BATCH: Final = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run each target for its part of the time, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="time for all targets")
    parser.add_argument("--target", choices=[target.name for target in TARGETS])
    options = parser.parse_args(arguments)
    targets = [target for target in TARGETS if options.target in (None, target.name)]
    results = [_fuzz(target, options.seconds / len(targets)) for target in targets]
    return 0 if all(results) else 1


def _fuzz(target: Target, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    count = 0
    while count == 0 or time.monotonic() < ends:
        number = secrets.randbits(64)

        @seed(number)
        @settings(
            max_examples=_BATCH,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def batch(data: Any) -> None:
            nonlocal count
            count += 1
            target.check(data.draw(target.inputs))

        try:
            batch()
        except Exception:  # noqa: BLE001 - whatever an input raises is the finding
            traceback.print_exc()
            print(f"{target.name} {count} inputs, FAILED with seed {number}", flush=True)
            return False
    print(f"{target.name} {count} inputs", flush=True)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
