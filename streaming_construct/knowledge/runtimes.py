"""Lambda's managed runtimes, as far as streaming tells them apart.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

from typing import Final

CANNOT_STREAM: Final = ("python", "java", "ruby", "dotnet")
"""How the identifiers of those runtimes start that answer only as a whole."""
