"""Runs pip as if this machine were the function's: `pip_for_target.py RUNTIME ARCHITECTURE ...`.

pip's --platform and --python-version choose wheels only; environment markers it evaluates for the
interpreter it runs on, so that on macOS a requirement for `sys_platform == "linux"` is left out
without a word. (uv evaluates them for the target by itself.) pip offers no option for it
(https://github.com/pypa/pip/issues/11664), hence the substitution below.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(runtime: str, architecture: str, arguments: list[str]) -> int:
    """Run pip with `arguments`, markers evaluated for the target; return its exit status."""
    from pip._internal.cli.main import main as pip
    from pip._vendor.packaging import markers

    from streaming_construct.packaging.lambda_target import Target

    target = Target(runtime=runtime, architecture=architecture)
    markers.default_environment = lambda: target.markers  # type: ignore[assignment, return-value] # the whole purpose
    return pip(arguments)


if __name__ == "__main__":
    # Python puts the script's own folder first: the package it belongs to is two above.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
