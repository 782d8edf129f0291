"""Lambda's runtimes: their identifiers, and what streaming makes of them.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html,
https://docs.aws.amazon.com/lambda/latest/dg/cmr-using.html
"""

from __future__ import annotations

from typing import Final

CUSTOMER_MANAGED_RUNTIME: Final = "custom"
"""The identifier of a function whose runtime `RuntimeConfig` names."""

RUNTIMES: Final = frozenset(
    {
        *(f"python{version}" for version in ("2.7", *(f"3.{minor}" for minor in range(6, 16)))),
        *(f"nodejs{major}.x" for major in range(10, 28, 2)),
        *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10"),
        *("java8", "java8.al2", "java11", "java17", "java21", "java25"),
        *("java8.al2023", "java11.al2023", "java17.al2023"),
        *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1"),
        *("dotnet6", "dotnet8", "dotnet10"),
        *("ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"),
        *("go1.x", "provided", "provided.al2", "provided.al2023", CUSTOMER_MANAGED_RUNTIME),
    }
)
"""The runtimes in the service's API model of November 2026, with those that it has retired."""

JSON_ONLY_RUNTIMES: Final = ("python", "ruby")
"""Prefixes of the runtimes that serialize the return value of a handler as JSON.

Their responses cannot begin with the prelude that a streamed route needs.
"""

NON_STREAMING_RUNTIMES: Final = (*JSON_ONLY_RUNTIMES, "java", "dotnet")
"""Prefixes of the runtimes without response streaming.

AWS supports streaming on Node.js and custom runtimes. Handlers in Java and .NET can write the bytes
of their response, and so the prelude that a streamed route needs. Users report that Java works.
"""
