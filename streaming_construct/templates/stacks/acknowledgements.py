"""Warnings of this library that a CDK app acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.model.subject import Subject
from streaming_construct.rules.suppression import CDK_WARNING_METADATA_TYPE

_CDK_WARNING: Final = "aws:cdk:warning"
_CDK_ACKNOWLEDGED_RULES: Final = "aws:cdk:acknowledged-rules"
_PLUGIN: Final = "streaming-construct::"


def read_acknowledgements(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, Subject]]:
    """Yield construct path, rule and subject of each warning that the app acknowledged."""
    for path, rule, subject, is_printed in _list_annotations(metadata):
        if not is_printed:
            yield path, rule, subject


def read_annotations(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, Subject]]:
    """Yield construct path, rule and subject of each warning that the app did not acknowledge."""
    for path, rule, subject, is_printed in _list_annotations(metadata):
        if is_printed:
            yield path, rule, subject


def read_acknowledged_rules(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield construct path, rule and reason of each rule acknowledged for `StreamingValidation`."""
    for path, entries in metadata.items():
        for entry in entries:
            if entry.get("type") == _CDK_ACKNOWLEDGED_RULES:
                for rule, reason in entry["data"].items():
                    if rule.startswith(_PLUGIN):
                        yield path.strip("/"), rule.removeprefix(_PLUGIN), reason


def _list_annotations(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, Subject, bool]]:
    for path, entries in metadata.items():
        warnings = {str(entry["data"]) for entry in entries if entry.get("type") == _CDK_WARNING}
        for entry in entries:
            if entry.get("type") == CDK_WARNING_METADATA_TYPE:
                warning = entry["data"]
                subject = Subject(warning["kind"], warning["name"])
                yield path.strip("/"), warning["id"], subject, warning["annotation"] in warnings
