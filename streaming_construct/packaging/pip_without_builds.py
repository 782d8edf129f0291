"""Run pip without builds: `pip_without_builds.py install ...`.

`--only-binary :all:` does not cover what a requirement names by URL or path. For these, pip runs
the `setup.py` or the build backend of the package, with the rights of the user. This script makes
pip refuse them. uv refuses them with `--no-build`.
https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-only-binary
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn


def disable_builds() -> None:
    """Make pip fail before it runs code of a source distribution."""
    from pip._internal.distributions.sdist import SourceDistribution
    from pip._internal.exceptions import InstallationError

    def refuse(distribution: Any, *_: object, **__: object) -> NoReturn:
        raise InstallationError(
            f"{distribution.req} has no usable wheels, and building from source is disabled"
        )

    SourceDistribution.prepare_distribution_metadata = refuse  # type: ignore[method-assign, assignment] # the purpose of this script


def main(arguments: list[str]) -> int:
    """Run pip with `arguments` and return its exit status."""
    from pip._internal.cli.main import main as pip

    disable_builds()
    return pip(arguments)


if __name__ == "__main__":
    # Python puts the folder of the script first, whose modules are not pip's business.
    del sys.path[0]
    sys.exit(main(sys.argv[1:]))
