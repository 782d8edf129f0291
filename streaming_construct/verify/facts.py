"""Facts: named values of an exchange, of the echoed event and of the access log record.

- `status`: the status code; null without a response.
- `reason`: the reason phrase.
- `header:<name>`: the value of a header; a list if the header is repeated.
- `has_header:<name>`: whether the response has the header.
- `interim_statuses`: the 1xx status codes before the response.
- `framing`: `chunked`, `length`, `close`, or `none` for a response without a body.
- `is_complete`: whether the response reached the end that its framing states.
- `body`: the body as text.
- `body_length`: the bytes of the body.
- `json:<pointer>`: a member of the JSON body, by its JSON pointer.
- `event:<pointer>`: the same, of the event that the echo function returns.
- `has_event:<pointer>`: whether the event has the member.
- `type:<pointer>`: the JSON type of the member, such as `string`.
- `timing`: the verdict of the probe: `streamed`, `bursty`, `buffered`, `inconclusive`, `empty`.
- `head`: `early`: 250 ms or more before the body, or without a body; else `with the body`.
- `cut_after`: the limit that ended the response, by the probe's id; null for a complete one.
- `count.<status>`: how many responses of the last request have the status.
- `log:<field>`: a field of the access log record, as text.
- `has_log:<field>`: whether the field has a value other than `-`.

Values that belong to the target, such as the API id, are replaced by `{name}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from streaming_construct.observability.access_log_format import EMPTY_VALUE
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts, match_timeout
from streaming_construct.probe.diagnosis.verdict import judge
from streaming_construct.probe.http.timeline import Timeline
from streaming_construct.verify.case import Facts, FactValue
from streaming_construct.verify.exchange import Exchange
from streaming_construct.verify.stack_outputs import SHORT_TIMEOUT_SECONDS

_EARLY_SECONDS: Final = 0.25
_TYPES: Final = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "NoneType": "null",
    "list": "array",
    "dict": "object",
}
_MISSING: Final = object()


class FactNameError(ValueError):
    """A name that is not the name of a fact."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The exchanges of a case and their log record.

    Args:
        exchanges: The exchanges of the last request, in order; more than one if it was repeated.
        log_record: The access log record of the last exchange. None if no fact needs it.
        time_scale: The divisor that the target applies to time limits. Default: 1.
    """

    exchanges: tuple[Exchange, ...]
    log_record: Mapping[str, str] | None = None
    time_scale: float = 1.0

    @property
    def last(self) -> Exchange:
        """The last exchange."""
        return self.exchanges[-1]


def observe(
    names: Mapping[str, object] | tuple[str, ...],
    observation: Observation,
    values: Mapping[str, str],
) -> Facts:
    """Return the facts with these names; `values` of the target become `{name}`.

    Raises:
        FactNameError: A name is not the name of a fact.
    """
    replacements = _list_replacements(observation.last, values)
    return {name: _replace(read_fact(name, observation), replacements) for name in names}


def read_fact(name: str, observation: Observation) -> FactValue:
    """Return one fact as it was observed.

    Raises:
        FactNameError: The name is not the name of a fact.
    """
    if name in _PLAIN:
        return _PLAIN[name](observation)
    for prefix, read in _PREFIXED.items():
        if name.startswith(prefix):
            return read(observation, name[len(prefix) :])
    raise FactNameError(f"{name!r} is not the name of a fact. See verify/facts.py for the names.")


def needs_log_record(names: Mapping[str, object] | tuple[str, ...]) -> bool:
    """Return whether one of the facts comes from the access log."""
    return any(name.startswith(("log:", "has_log:")) for name in names)


def _extract_header(observation: Observation, name: str) -> FactValue:
    values: list[FactValue] = [*observation.last.list_header_values(name)]
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def _decode_body(observation: Observation) -> str:
    return observation.last.body.decode("utf-8", errors="replace")


def _extract_member(observation: Observation, pointer: str) -> Any:
    """Return a member of the JSON body (RFC 6901), `_MISSING` if there is none."""
    try:
        value: Any = json.loads(observation.last.body)
    except ValueError:
        return _MISSING
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _MISSING
    return value


def _extract_json_member(observation: Observation, pointer: str) -> FactValue:
    value: Any = _extract_member(observation, pointer)
    result: FactValue = None if value is _MISSING else value
    return result


def _extract_json_type(observation: Observation, pointer: str) -> FactValue:
    value = _extract_member(observation, pointer)
    return None if value is _MISSING else _TYPES[type(value).__name__]


def _describe_timing(observation: Observation) -> str:
    lines = observation.last.body.count(b"\n")
    return judge(observation.last.timeline, lines or None).value


def _describe_head_arrival(observation: Observation) -> str:
    timeline = observation.last.timeline
    if timeline.head is None:
        return "missing"
    is_early = timeline.first_byte is None or timeline.first_byte - timeline.head >= _EARLY_SECONDS
    return "early" if is_early else "with the body"


def _find_ending_limit(observation: Observation) -> str | None:
    exchange = observation.last
    if exchange.is_complete and exchange.status != 504:
        return None
    path = exchange.path.partition("?")[0]
    timeouts = ApiTimeouts(
        time_scale=observation.time_scale,
        is_edge_optimized=False,
        integration_timeout=SHORT_TIMEOUT_SECONDS if path == "/short" else None,
        function_timeout=SHORT_TIMEOUT_SECONDS if path == "/function-timeout" else None,
    )
    timeline = exchange.timeline
    if exchange.status == 504:  # the function has sent nothing: the silence began with the request
        timeline = Timeline((), timeline.total)
    elif path == "/function-timeout" and timeline.head is not None:
        # The function writes its headers at once: its time does not contain its initialization.
        timeline = replace(timeline, total=timeline.total - timeline.head)
    match = match_timeout(timeline, timeouts)
    return match.cause.id if match else "unknown"


def _count(observation: Observation, status: str) -> int:
    return sum(str(exchange.status) == status for exchange in observation.exchanges)


def _read_log_field(observation: Observation, field: str) -> str | None:
    return None if observation.log_record is None else observation.log_record.get(field)


_PLAIN: Final[Mapping[str, Callable[[Observation], FactValue]]] = {
    "status": lambda observation: observation.last.status,
    "reason": lambda observation: observation.last.reason,
    "interim_statuses": lambda observation: list(observation.last.interim_statuses),
    "framing": lambda observation: observation.last.framing.value,
    "is_complete": lambda observation: observation.last.is_complete,
    "body": _decode_body,
    "body_length": lambda observation: observation.last.timeline.size,
    "timing": _describe_timing,
    "head": _describe_head_arrival,
    "cut_after": _find_ending_limit,
}
_PREFIXED: Final[Mapping[str, Callable[[Observation, str], FactValue]]] = {
    "header:": _extract_header,
    "has_header:": lambda observation, name: bool(observation.last.list_header_values(name)),
    "json:": _extract_json_member,
    "event:": _extract_json_member,
    "has_event:": lambda observation, pointer: (
        _extract_member(observation, pointer) is not _MISSING
    ),
    "type:": _extract_json_type,
    "count.": _count,
    "log:": _read_log_field,
    "has_log:": lambda observation, field: (
        _read_log_field(observation, field) not in (None, "", EMPTY_VALUE)
    ),
}


def _list_replacements(exchange: Exchange, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the values to replace with their names, the longest first."""
    values_by_name = dict(values)
    for name, header in (
        ("request_id", "x-amzn-RequestId"),
        ("extended_request_id", "x-amz-apigw-id"),
    ):
        values_by_name.update((name, value) for value in exchange.list_header_values(header)[:1])
    pairs = [(value, f"{{{name}}}") for name, value in values_by_name.items() if value]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _replace(value: FactValue, replacements: list[tuple[str, str]]) -> FactValue:
    if isinstance(value, str):
        for text, name in replacements:
            value = value.replace(text, name)
        return value
    if isinstance(value, list):
        return [_replace(item, replacements) for item in value]
    if isinstance(value, dict):
        return {key: _replace(item, replacements) for key, item in value.items()}
    return value
