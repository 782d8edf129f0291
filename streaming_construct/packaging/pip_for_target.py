"""Run pip with the markers of the target platform: `pip_for_target.py RUNTIME ARCHITECTURE ...`.

The options `--platform` and `--python-version` of pip select wheels only. pip evaluates environment
markers for its own interpreter. So on macOS it skips a requirement for `sys_platform == "linux"`.
pip has no option for the markers: https://github.com/pypa/pip/issues/11664.
This script replaces the values of the markers. uv needs no such script.
It also prevents pip from building packages, see `pip_without_builds`.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(runtime: str, architecture: str, arguments: list[str]) -> int:
    """Run pip with `arguments` and the markers of the target, and return its exit status."""
    from pip._internal.cli.main import main as pip
    from pip._vendor.packaging import markers

    from streaming_construct.packaging.lambda_target import LambdaTarget
    from streaming_construct.packaging.pip_without_builds import disable_builds

    disable_builds()
    target = LambdaTarget(runtime=runtime, architecture=architecture)
    markers.default_environment = lambda: target.markers  # type: ignore[assignment, return-value] # the whole purpose
    return pip(arguments)


if __name__ == "__main__":
    # Python puts the folder of the script first; the package needs the folder two levels above.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
