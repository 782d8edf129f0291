"""The X-Ray trace that an event belongs to."""

from __future__ import annotations

import json


def trace_id_of(payload: bytes) -> str:
    """The trace header of an HTTP event, which API Gateway puts there; empty where there is none.

    When deployed, it travels beside the event, and Lambda hands it to the runtime.
    """
    try:
        event = json.loads(payload)
    except ValueError:
        return ""
    headers = event.get("headers") if isinstance(event, dict) else None
    if not isinstance(headers, dict):
        return ""
    found = (str(value) for name, value in headers.items() if name.lower() == "x-amzn-trace-id")
    return next(found, "")
