"""`python -m streaming_construct`: the command line."""

from __future__ import annotations

from streaming_construct.cli import main

main()
