"""Runs the checks in order, and reports those that cannot read their facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
from streaming_construct.documents.errors import SourceError
from streaming_construct.rules.rule import Finding


@dataclass(frozen=True)
class Check:
    """One question with a name; it yields findings, and notes as plain text."""

    name: str
    run: Callable[[], Iterable[Finding | str]]


@dataclass
class CheckRunner:
    """Runs checks and keeps their results.

    `not_checked` has the name and the reason of each check that could not run. `is_interrupted` is
    True after Ctrl-C. `rejection` is the reason if AWS rejects the credentials. The findings until
    then are kept.
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_checked: list[tuple[str, str]] = field(default_factory=list)
    is_interrupted: bool = False
    rejection: str | None = None

    def run(
        self, checks: Iterable[Check], show_status: Callable[[str], AbstractContextManager[None]]
    ) -> None:
        """Run all checks, or those before Ctrl-C or a rejection of the credentials.

        Each runs within `show_status` of its name.
        """
        for check in checks:
            if self.is_interrupted or self.rejection:
                self.not_checked.append((check.name, "interrupted"))
                continue
            try:
                with show_status(check.name):
                    self._add(check.run())
            except (SourceError, AwsCallError) as error:
                self.not_checked.append((check.name, str(error)))
            except AwsAccessError as error:
                self.rejection = str(error)
                self.not_checked.append((check.name, self.rejection))
            except KeyboardInterrupt:
                self.is_interrupted = True
                self.not_checked.append((check.name, "interrupted"))

    def _add(self, result: Iterable[Finding | str]) -> None:
        for item in result:
            if isinstance(item, str):
                self.notes.append(item)
            elif item not in self.findings:
                self.findings.append(item)
