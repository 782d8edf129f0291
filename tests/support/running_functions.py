"""Functions with source in a test, run in separate processes."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.runtime import bundle
from streaming_construct.terminal import ShowStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from streaming_construct.local.lambda_.invocation import Invocation

HOST_FILES = LambdaOptions(file_system="host")
ADAPTER_LAYER = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerArm64:30"
RUN_APP = "#!/bin/sh\nexec python -m uvicorn --port=$PORT --log-level=warning --ws=none app:app\n"


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write these files into the folder; return it. Scripts are executable."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    return folder


def web_function(folder: Path, app: str, **changes: Any) -> Function:
    """Return a Python web app behind the adapter, streaming."""
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream",
        **changes.pop("environment", {}),
    }
    files = {"run.sh": RUN_APP, "app.py": app, **changes.pop("files", {})}
    layers = (Layer(origin=SourceLocation(), arn=ADAPTER_LAYER),)
    return source_function(folder, files, "run.sh", environment=variables, layers=layers, **changes)


def runtime_function(
    folder: Path, files: Mapping[str, str], handler: str, **changes: Any
) -> Function:
    """Return a Python function on the bundled runtime."""
    shipped = {path: content.decode() for path, content in bundle.build_runtime_files().items()}
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": f"/var/task/{bundle.WRAPPER_PATH}",
        **changes.pop("environment", {}),
    }
    return source_function(folder, {**shipped, **files}, handler, environment=variables, **changes)


def source_function(
    folder: Path, files: Mapping[str, str], handler: str, **changes: Any
) -> Function:
    """Return a function of these files. The default is Python's managed runtime."""
    members: dict[str, Any] = {
        "id": "fn",
        "runtime": "python3.14",
        "timeout_seconds": 10,
        **changes,
    }
    return Function(
        origin=SourceLocation(), code=write_files(folder, files), handler=handler, **members
    )


@asynccontextmanager
async def running_service(
    *functions: Function,
    console: list[str] | None = None,
    options: LambdaOptions = HOST_FILES,
    show_status: ShowStatus | None = None,
) -> AsyncIterator[LambdaService]:
    """Run a service with these functions, and close it in the end.

    They see the files of this machine unless the options say otherwise: most tests let a function
    write what they look at.
    """
    lines = [] if console is None else console
    service = LambdaService(
        {function.id: function for function in functions},
        console=lines.append,
        options=options,
        show_status=show_status,
    )
    try:
        await service.prepare()
        yield service
    finally:
        await service.aclose()


def event(path: str = "/", **members: Any) -> bytes:
    """Return a REST proxy event with everything that the real adapter requires."""
    members_of_event = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": {"Host": "local"},
        "multiValueHeaders": {"Host": ["local"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "httpMethod": "GET",
            "identity": {"sourceIp": "127.0.0.1"},
            "path": f"/prod{path}",
            "requestId": "r",
            "resourceId": "x",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return json.dumps({**members_of_event, **members}).encode()


async def read_all(invocation: Invocation) -> bytes:
    """Return the complete response, prelude included."""
    return b"".join([data async for data in invocation])


async def body(invocation: Invocation) -> bytes:
    """Return the data after the prelude."""
    return (await read_all(invocation)).partition(b"\0" * 8)[2]


async def read_with_times(invocation: Invocation) -> list[tuple[float, bytes]]:
    """Return the chunks of the response with their times of arrival."""
    return [(time.monotonic(), data) async for data in invocation]
