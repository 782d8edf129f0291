"""How bad input is refused, and how what may surprise is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import Annotations
from constructs import IConstruct

from streaming_construct.knowledge.finding import Finding, Severity
from streaming_construct.knowledge.suppression import WARNED


def refuse_errors(construct: IConstruct, findings: Iterable[Finding], *, otherwise: str) -> None:
    """Raise a ValueError with every error among `findings`; `otherwise` says what was not done.

    Raises:
        ValueError: At least one of `findings` is an error.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise refusal(construct.node.path, errors, f", {otherwise}")


def refusal(name: str, errors: Sequence[Finding], otherwise: str = "") -> ValueError:
    """Return the error that tells all of `errors` about what is called `name`."""
    problems = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    lines = "".join(f"\n  - {error}" for error in errors)
    return ValueError(f"{name}: {problems}{otherwise}{lines}")


def annotate_warnings(construct: IConstruct, findings: Iterable[Finding]) -> None:
    """Add each warning among `findings` to `construct`, acknowledgeable by the rule's id.

    CDK writes nothing of an acknowledgement into the assembly. What was warned of is written there
    beside the warning, so that whoever reads both can tell which of them was acknowledged.
    """
    for finding in findings:
        if finding.severity is Severity.WARNING:
            told = {"id": finding.id, "where": finding.where}
            construct.node.add_metadata(WARNED, told, stack_trace=False)
            Annotations.of(construct).add_warning_v2(
                f"streaming-construct:{finding.id}",
                f"{finding.where}: {finding.message}; {finding.fix}",
            )


class Warnings:
    """Annotates a construct with what is new: one warning for each rule and place."""

    def __init__(self, construct: IConstruct) -> None:
        self._construct = construct
        self._given: set[tuple[str, str]] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Annotate each warning among `findings` that was not given before."""
        fresh = {(f.id, f.where): f for f in findings if (f.id, f.where) not in self._given}
        self._given |= fresh.keys()
        annotate_warnings(self._construct, fresh.values())
