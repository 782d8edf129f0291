"""A health check: an ordinary function with a buffered response."""

import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from cors import create_cors_headers


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Return the health of the API for a proxy event."""
    del context
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **create_cors_headers(event.get("headers") or {}, os.environ),
        },
        "body": json.dumps({"status": "ok", "time": datetime.now(timezone.utc).isoformat()}),
    }
