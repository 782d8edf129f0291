"""Warnings of this library that a CDK app acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.model.subject import Subject
from streaming_construct.rules.suppression import CDK_WARNING_METADATA_TYPE

_CDK_WARNING = "aws:cdk:warning"


def read_acknowledgements(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, Subject]]:
    """Yield construct path, rule and subject of each warning that the app acknowledged."""
    for path, entries in metadata.items():
        warnings = [str(entry["data"]) for entry in entries if entry.get("type") == _CDK_WARNING]
        for entry in entries:
            if entry.get("type") == CDK_WARNING_METADATA_TYPE:
                rule = entry["data"]["id"]
                subject = Subject(entry["data"]["kind"], entry["data"]["name"])
                tag, start = f"[ack: streaming-construct:{rule}]", f"{subject}: "
                if not any(tag in text and text.startswith(start) for text in warnings):
                    yield path.strip("/"), rule, subject
