"""The requirement that installs this package in another environment."""

from __future__ import annotations

import json
from importlib.metadata import Distribution, distribution
from typing import Final

_NAME: Final = "streaming-construct"
_EXTRA: Final = "[local]"


def build_package_requirement(installed: Distribution | None = None) -> str:
    """Return the requirement for the package as it is installed here.

    It has the exact version. If a folder, a file or a repository was installed, it has the URL of
    that (PEP 610), since the version may not be published.
    https://packaging.python.org/en/latest/specifications/direct-url-data-structure/

    Args:
        installed: The installed package. Default: this one.
    """
    package = installed or distribution(_NAME)
    origin = json.loads(package.read_text("direct_url.json") or "{}")
    url = origin.get("url")
    if url is None:
        return f"{_NAME}{_EXTRA}=={package.version}"
    repository = origin.get("vcs_info")
    if repository:
        url = f"{repository['vcs']}+{url}@{repository['commit_id']}"
    if folder := origin.get("subdirectory"):
        url = f"{url}#subdirectory={folder}"
    return f"{_NAME}{_EXTRA} @ {url}"
