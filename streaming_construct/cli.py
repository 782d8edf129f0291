"""The command line: `streaming-construct COMMAND`."""

from __future__ import annotations

import sys

# What the `local` extra brings, by import name.
_EXTRA = {"airspeed", "click", "httptools", "tomli", "yaml"}


def main() -> None:
    """Run the command that the arguments name."""
    try:
        import click

        from streaming_construct.lint.command import lint
        from streaming_construct.local.command import local
        from streaming_construct.openapi.group import openapi
        from streaming_construct.probe.command import probe
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        print(f"{error.name} is missing: pip install 'streaming-construct[local]'", file=sys.stderr)
        sys.exit(2)
    group = click.Group(
        "streaming-construct",
        commands=[lint, local, openapi, probe],
        help="Tools for API Gateway REST APIs that stream.",
    )
    click.version_option(package_name="streaming-construct")(group)()
