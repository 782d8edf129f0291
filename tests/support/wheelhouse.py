"""A folder of small wheels, and an environment in which pip and uv find no others."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pytest

PURE = "py3-none-any"


def add_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    tag: str = PURE,
    requires: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    scripts: Mapping[str, str] | None = None,
) -> None:
    """Write a wheel with one module, its requirements, further files and console scripts."""
    metadata = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    content = {
        f"{name}.py": f"version = {version!r}\n".encode(),
        **(files or {}),
        f"{metadata}/METADATA": "\n".join([*lines, ""]).encode(),
        f"{metadata}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
        ).encode(),
    }
    if scripts:
        entries = "\n".join(f"{script} = {target}" for script, target in scripts.items())
        content[f"{metadata}/entry_points.txt"] = f"[console_scripts]\n{entries}\n".encode()
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in content.items()]
    record = f"{metadata}/RECORD"
    content[record] = "\n".join([*rows, f"{record},,", ""]).encode()
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        for path, data in content.items():
            wheel.writestr(path, data)


def install_from(monkeypatch: pytest.MonkeyPatch, wheels: Path, cache: Path) -> None:
    """Let pip and uv find only the wheels in a folder, and cache layers in `cache`."""
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
