"""Functions that are web apps behind the Lambda Web Adapter.

The handler of the template (`run.sh`) starts the app. If PATH has the real adapter, it runs next to
the app. Otherwise this process emulates it, with one difference. When the app aborts a response,
the real adapter writes an error text into the body and ends it without an error. The emulation
fails the invocation, so that the client sees the error.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES, PRELUDE_MAX_BYTES
from streaming_construct.aws.web_adapter import (
    ASYNC_INIT_VARIABLE,
    AUTHORIZATION_SOURCE_VARIABLE,
    DEFAULT_READINESS_PATH,
    ERROR_STATUS_CODES_VARIABLE,
    FALLBACK_PORT_VARIABLE,
    PORT_VARIABLE,
    READINESS_HEALTHY_STATUS_VARIABLE,
    READINESS_PATH_VARIABLE,
    READINESS_PORT_VARIABLE,
    READINESS_PROTOCOL_VARIABLE,
    REMOVE_BASE_PATH_VARIABLE,
    is_behind_adapter,
    is_streaming_enabled,
)
from streaming_construct.aws.web_adapter import read_port as configured_port
from streaming_construct.local.http.client import HttpClient, Response, request
from streaming_construct.local.http.connection import IncompleteMessageError, MalformedMessageError
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionNotRunnableError,
    Invocation,
    encode_prelude,
)
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.processes.free_port import find_free_port
from streaming_construct.local.lambda_.runtime_api import RuntimeApi, serve_runtime_api
from streaming_construct.local.lambda_.runtimes.web_adapter_translation import (
    PRELUDE_CONTENT_TYPE,
    build_prelude,
    build_proxy_response,
    convert_event_to_request,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from streaming_construct.model.functions import Function

_HOST: Final = "127.0.0.1"
_BINARIES: Final = ("lambda-adapter", "lambda_web_adapter")
_POLL_SECONDS: Final = 0.01
# JSON has at most twice as many bytes, and a few for each header.
_SHORT_HEAD_BYTES: Final = PRELUDE_MAX_BYTES // 8
# With ASYNC_INIT the adapter reports that it is ready before Lambda's limit of 10 s ends.
_ASYNC_INIT_SECONDS: Final = 9.8


def is_web_app(function: Function) -> bool:
    """Return whether the function runs behind the adapter, in AWS's layer or another one."""
    return is_behind_adapter(
        function.environment, (layer.arn for layer in function.layers if layer.arn)
    )


def create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the programs of the handler, which start as the adapter's wrapper does.

    PORT is a free port.

    Raises:
        FunctionNotRunnableError: The handler's file is missing or cannot be executed.
    """
    script = loaded_function.code / (loaded_function.function.handler or "")
    if not script.is_file():
        raise FunctionNotRunnableError(f"the handler {script} is missing")
    if not os.access(script, os.X_OK):
        raise FunctionNotRunnableError(
            f"the handler {script} is not executable. Run `chmod 0755` on the file"
        )
    binary = next(filter(None, map(shutil.which, _BINARIES)), None)
    if binary:
        return ProcessSpec(
            programs=((str(script),), (binary,)),
            runtime=partial(serve_real_adapter, loaded_function),
        )
    runtime = (
        create_adapter_with_extensions if loaded_function.extensions else create_emulated_adapter
    )
    return ProcessSpec(programs=((str(script),),), runtime=partial(runtime, loaded_function))


@asynccontextmanager
async def serve_real_adapter(loaded_function: LoadedFunction) -> AsyncIterator[RuntimeApi]:
    """Serve the Runtime API for the real adapter, with the port that it shares with the app."""
    async with serve_runtime_api(loaded_function, extensions=frozenset({"lambda-adapter"})) as api:
        api.variables = {**api.variables, **_build_port_variables(find_free_port(_HOST))}
        yield api


@asynccontextmanager
async def create_emulated_adapter(loaded_function: LoadedFunction) -> AsyncIterator[WebAdapter]:
    """Create the emulated adapter of one environment, on its own port."""
    adapter = WebAdapter(loaded_function, find_free_port(_HOST))
    try:
        yield adapter
    finally:
        adapter.close()


@asynccontextmanager
async def create_adapter_with_extensions(
    loaded_function: LoadedFunction,
) -> AsyncIterator[AdapterWithExtensions]:
    """Our adapter, and the Extensions API for what the function's layers bring."""
    async with (
        serve_runtime_api(loaded_function) as api,
        create_emulated_adapter(loaded_function) as adapter,
    ):
        yield AdapterWithExtensions(api, adapter)


class AdapterWithExtensions:
    """The emulated adapter with extensions, which have no runtime to speak with."""

    def __init__(self, api: RuntimeApi, adapter: WebAdapter) -> None:
        self._api = api
        self._adapter = adapter
        self.variables = {**api.variables, **adapter.variables}
        self.shut_down = api.shut_down
        self.pending_work: tuple[str, ...] = ()

    @property
    def readiness_condition(self) -> str:
        """The condition that makes the environment ready."""
        return self._adapter.readiness_condition

    async def wait_until_ready(self) -> None:
        """Wait until the app is healthy, and each extension asks for an event."""
        await self._adapter.wait_until_ready()
        await self._api.extensions.wait_ready()

    async def run(self, invocation: Invocation) -> None:
        """Announce the event to the extensions, and send it to the app.

        Raises:
            FunctionError: The app is unreachable, or its response is incomplete.
        """
        self._api.extensions.announce(invocation)
        await self._adapter.run(invocation)
        await self._api.extensions.wait_idle()


def _build_port_variables(port: int) -> dict[str, str]:
    return {PORT_VARIABLE: str(port), FALLBACK_PORT_VARIABLE: str(port)}


class WebAdapter:
    """Our adapter: speaks HTTP with one environment's app."""

    def __init__(self, loaded_function: LoadedFunction, port: int) -> None:
        self._loaded_function = loaded_function
        self._settings = loaded_function.function.environment
        self._is_streaming = is_streaming_enabled(self._settings)
        self._error_statuses = self._settings.get(ERROR_STATUS_CODES_VARIABLE, "")
        self._port = port
        self._client = HttpClient(_HOST, port)
        self._was_healthy = False
        self.pending_work: tuple[str, ...] = ()
        self.variables: Mapping[str, str] = _build_port_variables(port)

    @property
    def readiness_condition(self) -> str:
        """The condition that makes the environment ready."""
        return (
            f"the web app has to respond to GET {self._get_readiness_path()} on port "
            f"{self._get_readiness_port()} (its PORT)"
        )

    async def wait_until_ready(self) -> None:
        """Check the app every 10 ms until it is healthy, without a time limit.

        With ASYNC_INIT the limit is 9.8 s: an app that takes longer becomes ready within the first
        invocation.
        """
        if self._settings.get(ASYNC_INIT_VARIABLE, "").lower() == "true":
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wait_until_healthy(), _ASYNC_INIT_SECONDS)
        else:
            await self._wait_until_healthy()

    async def _wait_until_healthy(self) -> None:
        while not await self._is_healthy():  # noqa: ASYNC110  the app sends no signal
            await asyncio.sleep(_POLL_SECONDS)
        self._was_healthy = True

    async def run(self, invocation: Invocation) -> None:
        """Send the event to the app as a request, and pass its response on.

        Raises:
            FunctionError: The app is unreachable, or its response is incomplete.
        """
        if not self._was_healthy:
            await self._wait_until_healthy()
        try:
            app_request = convert_event_to_request(
                invocation.event,
                context=self._build_context(invocation),
                trace_id=invocation.trace_id,
                remove_base_path=self._settings.get(REMOVE_BASE_PATH_VARIABLE, ""),
                authorization_source=self._settings.get(AUTHORIZATION_SOURCE_VARIABLE, ""),
                pass_through_path=self._settings.get("AWS_LWA_PASS_THROUGH_PATH") or "/events",
            )
            exchange = self._client.request(
                app_request.method, app_request.target, app_request.headers, app_request.body
            )
            async with exchange as response:
                await self._forward_response(invocation, response)
        except (IncompleteMessageError, MalformedMessageError) as error:
            message = f"the web app did not complete its response: {error}"
            raise FunctionError("Runtime.StreamError", message) from error
        except OSError as error:
            raise FunctionError("unhandled", f"the web app cannot be reached: {error}") from error
        except ValueError as error:
            raise FunctionError("unhandled", f"not an event for a web app: {error}") from error

    def shut_down(self, reason: str) -> bool:  # noqa: ARG002  the protocol's signature
        """No extension registers with it."""
        return False

    def close(self) -> None:
        """Close the connections to the app."""
        self._client.close()

    async def _forward_response(self, invocation: Invocation, response: Response) -> None:
        if self._error_statuses and _is_in_ranges(self._error_statuses, response.status):
            message = f"Request failed with configured error status code: {response.status}"
            raise FunctionError("unhandled", message)
        if self._is_streaming:
            metadata: Mapping[str, Any] | None
            metadata = build_prelude(response.status, response.headers)
            head_bytes = sum([len(name) + len(value) for name, value in response.headers])
            if head_bytes > _SHORT_HEAD_BYTES:
                # API Gateway limits the size of the JSON, so it has to be counted.
                invocation.body.feed(encode_prelude(metadata))
                metadata = None
            invocation.start_response(
                streaming=True, content_type=PRELUDE_CONTENT_TYPE, prelude=metadata
            )
            await response.body.pipe_to(invocation.body)
        else:
            body = b""
            async for data in response.body:
                body += data
                if self._loaded_function.has_limits and len(body) > FUNCTION_PAYLOAD_MAX_BYTES:
                    message = f"the response exceeds {FUNCTION_PAYLOAD_MAX_BYTES} bytes"
                    raise FunctionError("Function.ResponseSizeTooLarge", message)
            invocation.start_response(streaming=False, content_type="application/json")
            invocation.body.feed(build_proxy_response(response.status, response.headers, body))
        invocation.finish()

    async def _is_healthy(self) -> bool:
        """Return whether the app passes the readiness check.

        https://aws.github.io/aws-lambda-web-adapter/configuration/readiness-check.html
        """
        port = self._get_readiness_port()
        with suppress(OSError, MalformedMessageError):
            if self._settings.get(READINESS_PROTOCOL_VARIABLE, "http").lower() == "tcp":
                _, writer = await asyncio.open_connection(_HOST, port)
                writer.close()
                return True
            async with request(_HOST, port, "GET", self._get_readiness_path()) as response:
                healthy = self._settings.get(READINESS_HEALTHY_STATUS_VARIABLE) or "100-499"
                return _is_in_ranges(healthy, response.status)
        return False

    def _get_readiness_path(self) -> str:
        return self._settings.get(READINESS_PATH_VARIABLE) or DEFAULT_READINESS_PATH

    def _get_readiness_port(self) -> int:
        """Return the port of the readiness check. Default: the port of the app."""
        port = int(self._settings.get(READINESS_PORT_VARIABLE) or 0)
        return port if port not in (0, configured_port(self._settings)) else self._port

    def _build_context(self, invocation: Invocation) -> dict[str, Any]:
        """Return the invocation as the adapter describes it to the app."""
        function = self._loaded_function.function
        return {
            "request_id": invocation.request_id,
            "deadline": invocation.deadline_ms,
            "invoked_function_arn": invocation.function_arn or self._loaded_function.arn,
            "xray_trace_id": invocation.trace_id or None,
            "client_context": None,
            "identity": None,
            "env_config": {
                "function_name": self._loaded_function.name,
                "memory": function.memory_mb,
                "version": self._loaded_function.version,
            },
        }


def _is_in_ranges(ranges: str, status: int) -> bool:
    """Return whether a status is in ranges such as `200,204,301-399`."""
    for part in ranges.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and int(first) <= status <= int(last or first):
            return True
    return False
