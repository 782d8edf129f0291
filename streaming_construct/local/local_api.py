"""`LocalApi`: the local gateway in the tests of others."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import route_table
from streaming_construct.local.lambda_.service import LambdaOptions
from streaming_construct.local.session import LocalSession, serve_locally
from streaming_construct.model.api import ApiModel
from streaming_construct.templates.reader.api_reader import read_declaration, served_api
from streaming_construct.templates.stacks.cloud_assembly import read_stacks

if TYPE_CHECKING:
    from typing_extensions import Self

_log = logging.getLogger(__name__)


class LocalApi:
    """A REST API served on a free port of this machine for as long as the context lasts.

    ```python
    with LocalApi.from_assembly("cdk.out") as api:
        requests.get(api.url("/stream"), stream=True)
    ```

    The gateway runs in a thread of its own; leaving the context stops it and everything it
    started. What it has to say goes to the log `streaming_construct.local.local_api`, level INFO.
    """

    def __init__(
        self,
        model: ApiModel,
        options: GatewayOptions | None = None,
        *,
        functions: LambdaOptions | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        self.model = model
        self.notes = tuple(notes)
        self.options = options or GatewayOptions()
        self._functions = functions
        self._thread: threading.Thread | None = None
        self._started: Future[LocalSession] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_assembly(
        cls,
        path: str | PathLike[str],
        stack: str | None = None,
        *,
        api: str | None = None,
        stage: str | None = None,
        parameters: Mapping[str, str] | None = None,
        options: GatewayOptions | None = None,
        functions: LambdaOptions | None = None,
    ) -> LocalApi:
        """Read an API from a cloud assembly or a template.

        Args:
            path: The folder that `cdk synth` wrote, or a template file.
            stack: The stack that holds the API. Default: the only one with a REST API.
            api: The API's logical id, its construct path or a part of that. Default: the only one
                of its stack.
            stage: The stage's name. Default: the API's first.
            parameters: Values of template parameters. Default: those of the template.
            options: Limits, time scale and the like. Default: as deployed, without slowing down.
            functions: How functions are run. Default: without the caller's AWS credentials, and
                container images not at all.

        Raises:
            SourceError: There is no such API, or more than one.
        """
        stacks = read_stacks(Path(path))
        declaration = read_declaration(
            stacks, stack=stack, api=api, stage=stage, parameters=parameters
        )
        return cls(
            served_api(declaration), options, functions=functions, notes=declaration.startup_notes
        )

    @classmethod
    def from_template(
        cls,
        file: str | PathLike[str],
        *,
        api: str | None = None,
        stage: str | None = None,
        parameters: Mapping[str, str] | None = None,
        options: GatewayOptions | None = None,
        functions: LambdaOptions | None = None,
    ) -> LocalApi:
        """Read an API from one CloudFormation or SAM template, in JSON or YAML.

        Args:
            file: The template. Its relative paths start at its own folder.
            api: The API's logical id, its construct path or a part of that. Default: the only one.
            stage: The stage's name. Default: the API's first.
            parameters: Values of template parameters. Default: those of the template.
            options: Limits, time scale and the like. Default: as deployed, without slowing down.
            functions: How functions are run. Default: without the caller's AWS credentials, and
                container images not at all.

        Raises:
            SourceError: There is no such template or API, or more than one.
        """
        if Path(file).is_dir():
            raise SourceError(f"{file} is a folder: name a template, or use from_assembly")
        return cls.from_assembly(
            file, api=api, stage=stage, parameters=parameters, options=options, functions=functions
        )

    def url(self, path: str = "/") -> str:
        """Return the URL of a path of the API; the stage is put before it."""
        return self._started.result(timeout=0).url + path.lstrip("/")

    def token(
        self,
        user_pool: str | None = None,
        *,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        lifetime_seconds: float = 3600,
    ) -> str:
        """Sign a token that the API's Cognito authorizers take.

        Args:
            user_pool: The pool's ARN or id. Default: the first that an authorizer names.
            scopes: What an access token is for. Default: none, and an identity token is made.
            claims: Further claims, which win over those made up.
            lifetime_seconds: How long it is good; less than 0 is expired. Default: an hour.

        Raises:
            LookupError: No authorizer takes tokens of that pool.
        """
        return self._started.result(timeout=0).front.authorization.token(
            user_pool, scopes=scopes, claims=claims, lifetime_seconds=lifetime_seconds
        )

    def api_key(self, name: str | None = None) -> str:
        """Return the value of an API key of one of the stage's usage plans.

        Args:
            name: The key's name, or its logical id where it has none. Default: the first.

        Raises:
            LookupError: No usage plan has a key of that name.
        """
        return self._started.result(timeout=0).front.authorization.api_key(name)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="local-gateway", daemon=True)
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._loop and self._task and not self._task.done():
            self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits for it
            if not self._started.done():
                self._started.set_exception(error)
            else:
                _log.exception("the local gateway stopped")

    async def _serve(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with serve_locally(
            self.model, console=_log.info, options=self.options, functions=self._functions
        ) as served:
            for line in route_table(self.model, served.unavailable, self.notes):
                _log.info(line)
            self._started.set_result(served)
            await self._loop.create_future()
