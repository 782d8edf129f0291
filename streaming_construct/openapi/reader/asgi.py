"""Load the OpenAPI document of an ASGI application in a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SUBPROCESS_MODULE = Path(__file__).with_name("asgi_subprocess.py")


@dataclass(frozen=True)
class AppDocument:
    """The document of an application, and its path parameters that match several segments."""

    document: Any
    greedy_parameters: frozenset[tuple[str, str]]


def load_app_document(
    app: str,
    *,
    python: str | os.PathLike[str],
    directory: str | os.PathLike[str],
    paths: Sequence[str | os.PathLike[str]],
    environment: Mapping[str, str],
    timeout_seconds: float,
) -> AppDocument:
    """Import `package.module:attribute` in a child process and return its document.

    The process writes the result to a file, because the application may use standard output.

    Raises:
        OpenApiError: The process failed. The message ends with its standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        result_file = Path(folder, "result.json")
        command = [
            str(python),
            "-c",
            _SUBPROCESS_MODULE.read_text(encoding="utf-8"),
            app,
            str(result_file),
        ]
        try:
            done = subprocess.run(
                [*command, *(str(Path(path).resolve()) for path in paths)],
                cwd=directory,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            message = f"importing it took longer than {timeout_seconds:g} s\n{_decode(late.stderr)}"
            raise OpenApiError(app, [ImportProblem(message=message.rstrip())]) from late
        except OSError as error:
            raise OpenApiError(
                app, [ImportProblem(message=f"{python} in {directory}: {error}")]
            ) from error
        if done.returncode != 0 or not result_file.exists():
            message = f"importing it failed (exit status {done.returncode})\n{done.stderr}"
            raise OpenApiError(app, [ImportProblem(message=message.rstrip())])
        result = json.loads(result_file.read_text(encoding="utf-8"))
    greedy = frozenset((path, name) for path, name in result["greedy"])
    return AppDocument(result["document"], greedy)


def _decode(stderr: str | bytes | None) -> str:
    return stderr.decode(errors="replace") if isinstance(stderr, bytes) else stderr or ""
