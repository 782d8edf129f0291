"""The command line: `streaming-construct COMMAND`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the arguments name."""
    try:
        import click
    except ModuleNotFoundError:
        print("click is missing: pip install 'streaming-construct[local]'", file=sys.stderr)
        sys.exit(2)
    from streaming_construct.commands import Commands

    group = Commands("streaming-construct", help="Tools for API Gateway REST APIs that stream.")
    click.version_option(package_name="streaming-construct")(group)()
