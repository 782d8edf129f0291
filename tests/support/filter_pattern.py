"""CloudWatch's filter patterns as AWS documents them, as far as this project's filters use them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
No emulator that is at hand evaluates them: MiniStack keeps a metric filter, and no more.
`test_filter_pattern.py` holds this to the examples of that page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'\s*(\|\||&&|!=|>=|<=|[=<>()]|"[^"]*"|[^\s()=<>!&|]+)')
_MISSING = object()
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def extract(pattern: str, message: str, value: str = "1") -> float | None:
    """Return what a metric filter adds to its metric for a log event; None if it is no match.

    `value` is the filter's metric value: a number, `$.field` or `$field`. A field that holds no
    number adds nothing.
    """
    fields = match(pattern, message)
    if fields is None:
        return None
    if not value.startswith("$"):
        return float(value)
    text = str(_select(fields, value) if value.startswith("$.") else fields.get(value))
    return float(text) if _is_number(text) else None


def match(pattern: str, message: str) -> Mapping[str, Any] | None:
    """Return a log event that matches, or its fields by `$name`; None if it does not match."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return _match_json(pattern.removeprefix("{").removesuffix("}"), message)
    if pattern.startswith("["):
        return _match_fields(pattern.removeprefix("[").removesuffix("]"), message)
    return {} if _has_terms(pattern, message) else None


def _has_terms(pattern: str, message: str) -> bool:
    """Return whether all terms are in the text, none with `-`, and one of those with `?`."""
    terms = re.findall(r'[-?]?"[^"]*"|\S+', pattern)
    signed_terms = [
        (term[0] if term[0] in "-?" else "", term.lstrip("-?").strip('"')) for term in terms
    ]
    optional = [term in message for sign, term in signed_terms if sign == "?"]
    required = all((term in message) != (sign == "-") for sign, term in signed_terms if sign != "?")
    return required and (not optional or any(optional) or len(optional) < len(signed_terms))


def _match_json(expression: str, message: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(message)
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    parser = _Parser(_TOKEN.findall(expression), event)
    matches = parser.disjunction()
    assert not parser.tokens, f"what is {parser.tokens}?"
    return event if matches else None


def _select(event: Any, selector: str) -> Any:
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", selector):
        if name:
            event = event.get(name, _MISSING) if isinstance(event, dict) else _MISSING
        else:
            inside = isinstance(event, list) and int(index) < len(event)
            event = event[int(index)] if inside else _MISSING
    return event


@dataclass
class _Parser:
    """Evaluates while it reads: `&&` precedes `||`, parentheses precede both."""

    tokens: list[str]
    event: Mapping[str, Any]

    def disjunction(self) -> bool:
        matches = self._conjunction()
        while self.tokens and self.tokens[0] == "||":
            self.tokens.pop(0)
            matches = self._conjunction() or matches
        return matches

    def _conjunction(self) -> bool:
        matches = self._condition()
        while self.tokens and self.tokens[0] == "&&":
            self.tokens.pop(0)
            matches = self._condition() and matches
        return matches

    def _condition(self) -> bool:
        if self.tokens[0] == "(":
            self.tokens.pop(0)
            matches = self.disjunction()
            assert self.tokens.pop(0) == ")"
            return matches
        selector, word = self.tokens.pop(0), self.tokens.pop(0)
        value = _select(self.event, selector)
        if word in ("IS", "NOT"):
            return _state(f"{word} {self.tokens.pop(0)}", value)
        return _compare(value, word, self.tokens.pop(0))


def _state(word: str, value: Any) -> bool:
    return {
        "IS TRUE": value is True,
        "IS FALSE": value is False,
        "IS NULL": value is None,
        "NOT EXISTS": value is _MISSING,
    }[word]


def _compare(value: Any, operator: str, operand: str) -> bool:
    """Compare texts, or numbers where both are; an object, a list or nothing is no match."""
    if value is _MISSING or value is None or isinstance(value, dict | list):
        return False
    quoted = operand.startswith('"')
    text = operand.strip('"')
    if not quoted and not isinstance(value, str) and _is_number(text):
        equal = float(value) == float(text)
        if operator in _COMPARISONS:
            return _COMPARISONS[operator](float(value), float(text))
    else:
        assert operator in ("=", "!="), f"a text is not compared by {operator}"
        equal = bool(_wildcard(text).fullmatch(str(value)))
    return equal == (operator == "=")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None


def _wildcard(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)


def _match_fields(pattern: str, message: str) -> Mapping[str, str] | None:
    """Match fields that spaces or tabs divide; brackets and quotes hold one together."""
    values = [
        bracketed or quoted or plain
        for bracketed, quoted, plain in re.findall(r'\[([^\]]*)\]|"([^"]*)"|(\S+)', message)
    ]
    conditions = [part.strip() for part in pattern.split(",")]
    if "..." in conditions:
        at = conditions.index("...")
        missing = len(values) - (len(conditions) - 1)
        if missing < 0:
            return None
        conditions[at : at + 1] = [f"any{number}" for number in range(missing)]
    if len(conditions) != len(values):
        return None
    fields: dict[str, str] = {}
    for condition, value in zip(conditions, values, strict=True):
        name = re.match(r"\w+", condition)
        assert name, condition
        fields[f"${name[0]}"] = value
        if not _field_holds(condition, value):
            return None
    return fields


def _field_holds(condition: str, value: str) -> bool:
    parsed = re.fullmatch(r"\w+\s*(!=|>=|<=|=|>|<)\s*(.+)", condition)
    if parsed is None:
        return True
    operator, operand = parsed[1], parsed[2]
    if operator in _COMPARISONS:
        return _is_number(value) and _COMPARISONS[operator](float(value), float(operand))
    return bool(_wildcard(operand.strip('"')).fullmatch(value)) == (operator == "=")
