"""`Cause`: one reason why a response did not stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One reason why a response did not stream.

    Args:
        id: Permanent id in kebab-case.
        title: Noun phrase, 60 characters at most.
        what: The observation of the probe. One sentence.
        why: The effect on streaming, or the usual reason.
        fix: The action, in the imperative.
        source_url: Page that documents the fact. Default: none.
    """

    id: str
    title: str
    what: str
    why: str
    fix: str
    source_url: str = ""


@dataclass(frozen=True, kw_only=True)
class CauseGroup:
    """Causes that share their verdicts.

    Args:
        title: The verdicts, as a heading.
        what: When the probe gives these verdicts. One or two sentences.
        causes: The causes of these verdicts.
    """

    title: str
    what: str
    causes: tuple[Cause, ...]
