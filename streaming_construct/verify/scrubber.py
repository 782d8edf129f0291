"""Removal of identifiers of accounts and people from a report, so that users can send it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from typing import Final

from streaming_construct.verify.case import Facts, FactValue
from streaming_construct.verify.report import CaseResult, Difference, VerifyReport


@dataclass(frozen=True)
class _Identifier:
    """A kind of identifier: its pattern, and the text that replaces the match."""

    name: str
    pattern: re.Pattern[str]
    replacement: str


def _create_identifier(name: str, pattern: str, replacement: str | None = None) -> _Identifier:
    return _Identifier(name, re.compile(pattern), replacement or f"{{{name}}}")


# In this order: an ARN contains an account id, and a signed header contains an access key id.
_IDENTIFIERS: Final = (
    _create_identifier("token", r"\beyJ[\w-]{5,}\.[\w-]*\.[\w-]*"),
    _create_identifier("token", r"(?i)\b(bearer|basic) +(?!\{)[\w.~+/=-]{8,}", r"\1 {token}"),
    _create_identifier(
        "signature", r"(?i)\b((?:x-amz-)?signature=)[0-9a-f]{64}\b", r"\1{signature}"
    ),
    _create_identifier(
        "session_token", r"(?i)\b(x-amz-security-token=)[^&\s{]+", r"\1{session_token}"
    ),
    _create_identifier(
        "principal",
        r"(arn:[\w-]+:(?:iam|sts)::[^:\s]*:[\w-]+/)(?!\{)[\w+=,.@/-]+",
        r"\1{principal}",
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
    _create_identifier(
        "access_key",
        r"\bA(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{16}\b",
    ),
    _create_identifier("api_id", r"(?<![\w{])[a-z0-9]{10}(?=\.execute-api\.)"),
    _create_identifier("api_id", r"(:execute-api:[\w-]+:[^:\s]*:)[a-z0-9]{10}\b", r"\1{api_id}"),
    _create_identifier("url_id", r"(?<![\w{])[a-z0-9]{30,34}(?=\.lambda-url\.)"),
    _create_identifier("user_pool", r"\b[a-z]{2}(?:-[a-z]+){1,3}-\d_[A-Za-z0-9]{9}\b"),
    _create_identifier("trace_id", r"\b1-[0-9a-f]{8}-[0-9a-f]{24}\b"),
    _create_identifier("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    _create_identifier("account", r"(?<![\w.])\d{12}(?![\w.])"),
    _create_identifier("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    # IPv4 or IPv6; `_create_placeholder` validates the candidates.
    _create_identifier(
        "ip",
        r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+)(?![\w.:])",
    ),
)
# A text that looks random: no rule knows its kind, so that a person has to look at it.
_RANDOM: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_MIN_DISTINCT: Final = 12


def scrub(report: VerifyReport) -> VerifyReport:
    """Return the report with a placeholder such as `{account}` in place of each identifier."""
    return replace(report, results=tuple(map(_scrub_result, report.results)))


def scrub_text(text: str) -> str:
    """Return a text with a placeholder in place of each identifier."""
    for identifier in _IDENTIFIERS:
        text = identifier.pattern.sub(partial(_create_placeholder, identifier), text)
    return text


def find_identifiers(text: str) -> list[str]:
    """Return what identifies an account or a person, and texts that look like secrets."""
    identifiers = [
        match[0]
        for identifier in _IDENTIFIERS
        for match in identifier.pattern.finditer(text)
        if _create_placeholder(identifier, match) != match[0]
    ]
    return [*identifiers, *_list_random_texts(text)]


def _create_placeholder(identifier: _Identifier, match: re.Match[str]) -> str:
    if identifier.name == "ip" and not _is_public_address(match[0]):
        return match[0]
    return match.expand(identifier.replacement)


def _is_public_address(text: str) -> bool:
    """Return whether a text is an IP address other than a loopback one."""
    try:
        return not ip_address(text).is_loopback
    except ValueError:
        return False


def _list_random_texts(text: str) -> Iterator[str]:
    for match in _RANDOM.finditer(text):
        characters = set(match[0])
        has_digit = any(character.isdigit() for character in characters)
        has_letter = any(character.isalpha() for character in characters)
        if has_digit and has_letter and len(characters) >= _MIN_DISTINCT and "/" not in match[0]:
            yield match[0]


def _scrub_result(result: CaseResult) -> CaseResult:
    return replace(
        result,
        observed=_scrub_facts(result.observed),
        differences=tuple(
            Difference(difference.fact, difference.expected, _scrub_value(difference.observed))
            for difference in result.differences
        ),
        reason=scrub_text(result.reason),
    )


def _scrub_facts(facts: Facts) -> Facts:
    return {name: _scrub_value(value) for name, value in facts.items()}


def _scrub_value(value: FactValue) -> FactValue:
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, list):
        return [_scrub_value(item) for item in value]
    if isinstance(value, dict):
        return {scrub_text(key): _scrub_value(item) for key, item in value.items()}
    return value
