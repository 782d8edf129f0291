"""Equal operations of an OpenAPI body as one object in Node.js.

jsii converts each value that it passes to Node.js, which costs more than all that CDK does with it.
Routes of one function have equal operations, and all preflights are equal.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, Final

from aws_cdk import Token

# One more object is one more request to Node.js, which fewer occurrences are not worth.
MIN_OCCURRENCES: Final = 4


def share_operations(body: dict[str, Any]) -> dict[str, Any]:
    """Return `body` with one token for the occurrences of each operation that occurs often."""
    paths = {path: dict(item) for path, item in body["paths"].items()}
    occurrences = defaultdict[str, list[tuple[str, str]]](list)
    for path, item in paths.items():
        for key, operation in item.items():
            if isinstance(operation, dict):
                # Values that are not JSON, such as tokens, are equal only if they are identical.
                occurrences[json.dumps(operation, default=id)].append((path, key))
    for locations in occurrences.values():
        if len(locations) >= MIN_OCCURRENCES:
            path, key = locations[0]
            token = Token.as_any(paths[path][key])
            for path, key in locations:
                paths[path][key] = token
    return {**body, "paths": paths}
