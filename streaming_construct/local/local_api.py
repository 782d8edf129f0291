"""`LocalApi`: the local gateway as a context manager, for tests and scripts."""

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
from streaming_construct.local.gateway.authorizers.api_keys import get_api_key_value
from streaming_construct.local.gateway.authorizers.signing_keys import create_jwt_token
from streaming_construct.local.gateway.authorizers.user_pools import (
    create_user_pool_token,
    list_accepted_user_pools,
)
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import format_route_table
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.session import LocalSession, serve_locally
from streaming_construct.local.settings.variables import set_variables
from streaming_construct.local.sources.source_folder import find_project_folder
from streaming_construct.model.api import ApiModel
from streaming_construct.templates.reader.api_reader import get_served_api, read_declaration
from streaming_construct.templates.stacks.loader import load_templates

if TYPE_CHECKING:
    from typing_extensions import Self

_log = logging.getLogger(__name__)


class LocalApi:
    """A REST API that is served on a free port of this machine within the context.

    For example::

        with LocalApi.from_assembly("cdk.out") as api:
            requests.get(api.url_for_path("/stream"), stream=True)

    The gateway runs in its own thread. The end of the context stops it and all processes that it
    started. Its messages go to the logger `streaming_construct.local.local_api`, at level INFO.
    """

    def __init__(
        self,
        model: ApiModel,
        options: GatewayOptions | None = None,
        *,
        functions: LambdaOptions | None = None,
        notes: Iterable[str] = (),
        project: Path | None = None,
    ) -> None:
        self.model = model
        self.notes = tuple(notes)
        self.options = options or GatewayOptions()
        self._functions = functions
        self._project = project
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
        imports: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        options: GatewayOptions | None = None,
        functions: LambdaOptions | None = None,
    ) -> LocalApi:
        """Read an API from a cloud assembly or a template.

        Args:
            path: The output folder of `cdk synth`, or a template file.
            stack: The stack that contains the API. Default: the only one with a REST API.
            api: The API's logical id, or a part of its construct path. Default: the only one of its
                stack.
            stage: The stage's name. Default: the API's first.
            parameters: Values of template parameters. Default: those of the template.
            imports: Values of exports of other stacks (`Fn::ImportValue`). Default: none.
            env: Environment variables by `NAME`, for all functions, or by `FUNCTION:NAME`. FUNCTION
                is the construct path of a function, the last parts of it, or the logical id.
                Default: none.
            options: The options of the gateway. Default: those of `GatewayOptions`.
            functions: The options of the functions. Default: those of `LambdaOptions`.

        Raises:
            SourceError: There is no such API, or several match.
            UnknownFunctionError: `env` names a function that does not exist.
        """
        stacks = load_templates(Path(path))
        declaration = read_declaration(
            stacks, stack=stack, api=api, stage=stage, parameters=parameters, imports=imports
        )
        return cls(
            set_variables(get_served_api(declaration), env or {}),
            options,
            functions=functions,
            notes=declaration.startup_notes,
            project=find_project_folder(Path(path)),
        )

    @classmethod
    def from_template(
        cls,
        file: str | PathLike[str],
        *,
        api: str | None = None,
        stage: str | None = None,
        parameters: Mapping[str, str] | None = None,
        imports: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        options: GatewayOptions | None = None,
        functions: LambdaOptions | None = None,
    ) -> LocalApi:
        """Read an API from one CloudFormation or SAM template, in JSON or YAML.

        Args:
            file: The template. Its relative paths start at its own folder.
            api: The API's logical id, or a part of its construct path. Default: the only one.
            stage: The stage's name. Default: the API's first.
            parameters: Values of template parameters. Default: those of the template.
            imports: Values of exports of other stacks (`Fn::ImportValue`). Default: none.
            env: Environment variables by `NAME`, for all functions, or by `FUNCTION:NAME`. FUNCTION
                is the construct path of a function, the last parts of it, or the logical id.
                Default: none.
            options: The options of the gateway. Default: those of `GatewayOptions`.
            functions: The options of the functions. Default: those of `LambdaOptions`.

        Raises:
            SourceError: There is no such template or API, or several match.
            UnknownFunctionError: `env` names a function that does not exist.
        """
        if Path(file).is_dir():
            raise SourceError(f"{file} is a folder. Pass a template file, or use from_assembly.")
        return cls.from_assembly(
            file,
            api=api,
            stage=stage,
            parameters=parameters,
            imports=imports,
            env=env,
            options=options,
            functions=functions,
        )

    def url_for_path(self, path: str = "/") -> str:
        """Return the URL of a path of the API, with the stage."""
        return self._started.result(timeout=0).url + path.lstrip("/")

    def create_token(
        self,
        user_pool: str | None = None,
        *,
        issuer: str | None = None,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        lifetime_seconds: float = 3600,
    ) -> str:
        """Return a token that the API's Cognito or JWT authorizers accept.

        Args:
            user_pool: The pool's ARN or id. Default: the first pool of an authorizer.
            issuer: The issuer of a JWT authorizer. Default: the first, if no authorizer accepts
                tokens of a user pool.
            scopes: The scopes of an access token. Default: none, for an identity token.
            claims: Claims that are added to the default claims or replace them.
            lifetime_seconds: How long the token is valid; negative for an expired one. Default: an
                hour.

        Raises:
            LookupError: No authorizer accepts tokens of that pool or issuer.
        """
        user_pools = self._started.result(timeout=0).user_pools
        if issuer is not None or (user_pool is None and not list_accepted_user_pools(self.model)):
            return create_jwt_token(
                self.model,
                user_pools.signing_keys,
                issuer,
                scopes=scopes,
                claims=claims,
                lifetime_seconds=lifetime_seconds,
            )
        return create_user_pool_token(
            self.model,
            user_pools,
            user_pool,
            scopes=scopes,
            claims=claims,
            lifetime_seconds=lifetime_seconds,
        )

    def get_api_key(self, name: str | None = None) -> str:
        """Return the value of an API key of a usage plan of the stage.

        Args:
            name: The key's name, or its logical id if it has no name. Default: the first key.

        Raises:
            LookupError: No usage plan has a key of that name.
        """
        return get_api_key_value(self.model, name)

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
        except BaseException as error:  # noqa: BLE001 - passed to the thread that waits
            if not self._started.done():
                self._started.set_exception(error)
            else:
                _log.exception("the local gateway stopped")

    async def _serve(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with serve_locally(
            self.model,
            console=_log.info,
            options=self.options,
            functions=self._functions,
            project=self._project,
        ) as session:
            notes = (*self.notes, *session.notes)
            for line in format_route_table(self.model, session.unavailable, notes):
                _log.info(line)
            self._started.set_result(session)
            await self._loop.create_future()
