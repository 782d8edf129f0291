"""The AWS credentials of whoever runs the gateway, for functions that are to act as they do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
_INHERITED: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
)
# A function's home is a folder of its own, so the files need to be named.
_FILES: Final = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}


def caller_credentials() -> dict[str, str]:
    """The variables by which an AWS SDK finds the caller's credentials: keys, profile, files."""
    given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = {
        name: Path(os.environ.get(name, default)).expanduser() for name, default in _FILES.items()
    }
    return given | {name: str(path) for name, path in paths.items() if path.is_file()}
