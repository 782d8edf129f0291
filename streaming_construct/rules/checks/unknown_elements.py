"""The elements of a source that this library does not know, and that no rule checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.model.unknown_element import UnknownElement, describe_unknown_element
from streaming_construct.rules.rule import Finding, Rule, Severity

NOT_UNDERSTOOD: Final = Rule(
    id="not-understood",
    severity=Severity.INFO,
    title="Not understood, so not checked",
    what=(
        "The source has a value, a type, a property or a member that streaming-construct does "
        "not know."
    ),
    why=(
        "AWS may have added it. It is kept as it is. No rule checks what depends on it, and the "
        "local gateway returns 501 for a route that has it."
    ),
    fix="Check the spelling. If AWS documents it, update streaming-construct.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/history.html",
    tags=frozenset({"route", "synth", "lint", "doctor"}),
)


def check_unknown_elements(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each element of an API that is not known."""
    api = declaration.api
    elements = [*declaration.unknown_elements]
    for route in api.routes:
        for name, value in route.integration.unknown.items():
            subject = Subject("route", str(route))
            elements.append(
                UnknownElement(subject=subject, name=name, value=value, location=route.origin)
            )
        if authorizer := route.access.authorizer:
            subject = Subject("authorizer", authorizer.name)
            elements += (
                UnknownElement(subject=subject, name=name, value=value, location=authorizer.origin)
                for name, value in authorizer.unknown.items()
            )
    for function in api.functions.values():
        subject = Subject("function", function.origin.display_name)
        elements += (
            UnknownElement(subject=subject, name=name, value=value, location=function.origin)
            for name, value in function.unknown.items()
        )
    yield from create_findings(dict.fromkeys(elements))


def create_findings(elements: Iterable[UnknownElement]) -> Iterator[Finding]:
    """Yield a finding for each element."""
    for element in elements:
        yield NOT_UNDERSTOOD.at(
            element.subject,
            f"{describe_unknown_element(element.name, element.value)}, so no rule checks it",
            location=element.location,
        )
