"""The log level is shared by the targets of one process."""

from __future__ import annotations

import logging

from streaming_construct.verify.local_target import LogLevel


def test_the_level_is_raised_until_the_last_target_ends() -> None:
    """Targets end in another order than they start."""
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.WARNING)
    assert not logger.isEnabledFor(logging.INFO)  # the logger caches this
    level = LogLevel(logger)
    first, second = level.raise_level(), level.raise_level()

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert logger.isEnabledFor(logging.INFO)
    second.__exit__(None, None, None)
    assert logger.level == logging.WARNING
