"""`Rule`: what the checks look for, declared once; and `Finding`: one place that breaks a rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject


class Severity(str, Enum):
    """The severity of a rule, from the highest to the lowest.

    An error does not deploy, does not stream, or fails each request. A warning is a risk. INFO is
    for elements that no rule checks.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One defect that can prevent an API from streaming, or from working as intended.

    Attributes:
        id: The permanent name in kebab-case, which names the defect.
        severity: The severity of every finding of the rule.
        title: A noun phrase of at most 60 characters.
        what: The condition that breaks the rule: one to three sentences, in Markdown.
        why: The consequence, in Markdown.
        fix: The action, in the imperative, in Markdown. A finding can give a more specific one.
        source_url: The page that documents the behavior.
        tags: One of `registry.TOPICS`, and each of `registry.PHASE_TAGS` that applies.
    """

    id: str
    severity: Severity
    title: str
    what: str
    why: str
    fix: str
    source_url: str
    tags: frozenset[str]

    def at(
        self,
        subject: Subject,
        problem: str,
        *,
        fix: str | None = None,
        location: SourceLocation = UNKNOWN_LOCATION,
        member: str | None = None,
    ) -> Finding:
        """Return the finding that `subject` breaks this rule.

        Args:
            subject: The subject that breaks the rule.
            problem: The value and why it fails, without a period at the end.
            fix: The action, in whole sentences. Default: the rule's own `fix`.
            location: Where the subject is declared. Default: unknown.
            member: The member of the subject that is at fault, as an OpenAPI document names it
                (`httpMethod`). A property of a resource begins with a lower-case letter here.
                Default: the whole subject.
        """
        return Finding(
            rule=self,
            subject=subject,
            problem=problem,
            fix=fix or self.fix,
            location=location,
            member=member,
        )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place that breaks a rule, printed as `<subject>: <problem>. <fix> [<id>]`.

    `Rule.at` creates findings.
    """

    rule: Rule
    subject: Subject
    problem: str
    fix: str
    location: SourceLocation = UNKNOWN_LOCATION
    member: str | None = None

    @property
    def message(self) -> str:
        """The problem and the fix, as sentences."""
        return f"{self.problem}. {self.fix}"

    def __str__(self) -> str:
        return f"{self.subject}: {self.message} [{self.rule.id}]"
