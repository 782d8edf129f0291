"""Lambda's managed runtimes, as far as streaming tells them apart.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

from typing import Final

JSON_ONLY_RUNTIMES: Final = ("python", "ruby")
"""Prefixes of the runtimes that serialize the return value of a handler as JSON.

Their responses cannot begin with the prelude that a streamed route needs.
"""

NON_STREAMING_RUNTIMES: Final = (*JSON_ONLY_RUNTIMES, "java", "dotnet")
"""Prefixes of the runtimes without response streaming.

AWS supports streaming on Node.js and custom runtimes. Handlers in Java and .NET can write the bytes
of their response, and so the prelude that a streamed route needs. Users report that Java works.
"""
