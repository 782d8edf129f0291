"""`python -m streaming_construct.runtime app:app`: serve a function by hand."""

from __future__ import annotations

from streaming_construct.runtime.main import main

main()
