"""The files that a function needs to run on this runtime, and how Lambda starts them.

Not shipped itself.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from streaming_construct.runtime.source_stripper import strip_source

WRAPPER_PATH = "streaming_construct/wrapper"
"""Path of the wrapper in the asset; `AWS_LAMBDA_EXEC_WRAPPER` is `/var/task/` and this."""

# Modules that only this package uses.
_NOT_SHIPPED = ("bundle.py", "source_stripper.py", "buffered_runtime.py")
_ONLY_BEHIND_ADAPTER = "streaming_construct/runtime/web/adapted/"
_strip = cache(strip_source)  # an app with several functions reads each module once
_START = (
    "import os, sys; sys.path.insert(0, os.environ['LAMBDA_TASK_ROOT']); "
    "from streaming_construct.runtime.main import main; main()"
)

CHAINED_WRAPPER_VARIABLE = "STREAMING_EXEC_WRAPPER"
"""The path of an exec wrapper that starts first, as that of OpenTelemetry or Datadog."""

# Lambda gives the interpreter and the arguments that would start its own Python runtime.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
WRAPPER = f"""#!/bin/sh
if [ -n "${CHAINED_WRAPPER_VARIABLE}" ]; then
  first="${CHAINED_WRAPPER_VARIABLE}"
  unset {CHAINED_WRAPPER_VARIABLE}
  exec "$first" "$0" "$@"
fi
exec "$1" -c "{_START}"
"""
"""The wrapper script that a managed runtime (python3.10 and newer) executes."""

BOOTSTRAP = f"""#!/bin/sh
# provided.al2023 has no Python: the function brings one in bin/, or a layer in /opt/bin.
export PATH="$LAMBDA_TASK_ROOT/bin:/opt/bin:$PATH"
exec python3 -c "{_START}"
"""
"""The text of `bootstrap` at the root of an asset for `provided.al2023`, mode 0755."""

ENTRY_POINT = ("python", "-m", "streaming_construct.runtime")
"""A container image's ENTRYPOINT; its CMD is the handler."""


def build_runtime_files() -> dict[str, bytes]:
    """Return the files to copy: content by path in the asset. The wrapper needs mode 0755."""
    modules = {
        path: content
        for path, content in build_runtime_modules().items()
        if not path.startswith(_ONLY_BEHIND_ADAPTER)
    }
    return {**modules, WRAPPER_PATH: WRAPPER.encode()}


def build_runtime_modules() -> dict[str, bytes]:
    """Return the modules, which a web app behind the Lambda Web Adapter can import too."""
    from importlib.metadata import version

    release = version("streaming-construct")
    root = Path(__file__).parent
    copied = {
        f"streaming_construct/runtime/{path.relative_to(root).as_posix()}": _strip(
            path.read_text(encoding="utf-8")
        ).encode()
        for path in sorted(root.rglob("*.py"))
        if path.name not in _NOT_SHIPPED
    }
    return {
        "streaming_construct/__init__.py": f'__version__ = "{release}"\n'.encode(),
        **copied,
    }
