"""Lambda's managed runtimes, as far as streaming tells them apart.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

from typing import Final

JSON_ONLY_RUNTIMES: Final = ("python", "ruby")
"""How the identifiers of those runtimes start that turn what a handler returns into JSON.

None of their answers can begin as a streamed route wants it.
"""

NON_STREAMING_RUNTIMES: Final = (*JSON_ONLY_RUNTIMES, "java", "dotnet")
"""How the identifiers of those runtimes start that do not stream by themselves.

AWS supports streaming on Node.js and runtimes of one's own. Handlers in Java and .NET may write the
bytes of their answer, though, and with them what a streamed route wants: of Java that is reported.
"""
