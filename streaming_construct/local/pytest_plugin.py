"""The fixture `local_api`, which pytest finds if this package is installed.

Nothing but pytest is imported until a test asks for it.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streaming_construct.local.gateway.options import GatewayOptions
    from streaming_construct.local.lambda_.options import LambdaOptions
    from streaming_construct.local.local_api import LocalApi


class LocalApiFactory(Protocol):
    """The type of the fixture `local_api`."""

    def __call__(
        self,
        path: str | PathLike[str] = "cdk.out",
        stack: str | None = None,
        *,
        api: str | None = None,
        stage: str | None = None,
        parameters: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        options: GatewayOptions | None = None,
        functions: LambdaOptions | None = None,
    ) -> LocalApi:
        """Serve the API of an assembly or template; equal arguments return the same one."""


@pytest.fixture(scope="session")
def local_api(pytestconfig: pytest.Config) -> Iterator[LocalApiFactory]:
    """Serve REST APIs on free ports of this machine until the session ends.

    `local_api("cdk.out", stack="Chat")` returns a started `LocalApi`; a relative path starts at
    pytest's root folder. Equal arguments return the same API, so that functions start once.
    """
    from streaming_construct.local.local_api import LocalApi

    logging.getLogger("streaming_construct.local").setLevel(logging.INFO)
    served: dict[object, LocalApi] = {}
    with ExitStack() as running:

        def serve(
            path: str | PathLike[str] = "cdk.out",
            stack: str | None = None,
            *,
            api: str | None = None,
            stage: str | None = None,
            parameters: Mapping[str, str] | None = None,
            env: Mapping[str, str] | None = None,
            options: GatewayOptions | None = None,
            functions: LambdaOptions | None = None,
        ) -> LocalApi:
            source = pytestconfig.rootpath / Path(path)
            values = (frozenset((mapping or {}).items()) for mapping in (parameters, env))
            key = (source, stack, api, stage, *values, repr(options), repr(functions))
            if key not in served:
                api_server = LocalApi.from_assembly(
                    source,
                    stack,
                    api=api,
                    stage=stage,
                    parameters=parameters,
                    env=env,
                    options=options,
                    functions=functions,
                )
                served[key] = running.enter_context(api_server)
            return served[key]

        yield serve
