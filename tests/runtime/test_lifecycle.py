"""The life of a runtime process: startup, invocation data, logs, snapshots, shutdown."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

LIFESPAN = """
    from contextlib import asynccontextmanager
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    import asyncio, time
    @asynccontextmanager
    async def lifespan(app):
        print("started")
        yield {"db": "connected"}
        print("stopped")
    async def later():
        await asyncio.sleep(0.3)
        print("background done")
    async def home(request):
        return PlainTextResponse(request.state.db, background=BackgroundTask(later))
    handler = Starlette(routes=[Route("/", home)], lifespan=lifespan)
    """


def test_lifespan_state_reaches_requests_and_sigterm_shuts_down(function: Function) -> None:
    """Startup runs before the first poll, shutdown on SIGTERM. The exit status is 0."""
    function.start(LIFESPAN)

    response = function.call(rest_event())
    code = function.stop()

    assert response.payload == b"connected"
    assert code == 0
    assert function.log.split() == ["started", "background", "done", "stopped"]


def test_background_tasks_end_before_the_next_poll(function: Function) -> None:
    """The response ends before 300 ms of background work. The next poll follows it."""
    function.start(LIFESPAN)

    response = function.call(rest_event())
    second = function.call(rest_event())

    assert second.started - response.finished > 0.1
    assert len(function.server.polls) == 2
    assert function.server.polls[1] - response.finished > 0.1


@pytest.mark.parametrize(
    "source",
    [
        """
        import atexit, time
        atexit.register(print, "bye")
        def handler(event, context):
            yield "x"
        """,
        """
        import atexit, asyncio
        atexit.register(print, "bye")
        async def handler(event, context):
            yield "x"
        """,
    ],
    ids=["plain", "async"],
)
def test_sigterm_runs_exit_hooks(function: Function, source: str) -> None:
    """A handler without lifespan ends in order too, busy or idle."""
    function.start(source)
    function.call(rest_event())

    assert function.stop() == 0
    assert "bye" in function.log


def test_an_async_response_finishes_after_sigterm(function: Function) -> None:
    """The invocation on the event loop has its response before the process ends."""
    function.start(
        """
        import asyncio
        async def handler(event, context):
            yield "first"
            await asyncio.sleep(0.3)
            yield "last"
        """
    )
    function.server.invoke(rest_event())
    while not function.server.polls:
        time.sleep(0.01)
    time.sleep(0.15)
    function.process.send_signal(signal.SIGTERM)

    assert function.server.wait_for_response().payload == b"firstlast"
    assert function.process.wait(60) == 0


def test_a_signal_handler_of_the_function_is_not_replaced(function: Function) -> None:
    """The function handles SIGTERM."""
    function.start(
        """
        import signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        def handler(event, context):
            yield "x"
        """
    )
    function.call(rest_event())

    assert function.stop() == 9


@pytest.mark.parametrize("source", ["generator", "asgi"])
def test_streams_leave_no_process_and_no_thread(function: Function, source: str) -> None:
    """After fifty streams there is the main thread and at most the watchdog."""
    sources = {
        "generator": 'def handler(event, context):\n    yield "a"\n    yield "b"\n',
        "asgi": LIFESPAN.replace("asyncio.sleep(0.3)", "asyncio.sleep(0)"),
    }
    function.start(sources[source])

    for _ in range(50):
        assert function.call(rest_event()).is_complete

    process = psutil.Process(function.process.pid)
    assert process.num_threads() <= 2
    assert not process.children()


SNAPSHOT = """
    import sys, types
    registry = types.ModuleType("snapshot_restore_py")
    before, after = [], []
    registry.get_before_snapshot = lambda: before
    registry.get_after_restore = lambda: after
    sys.modules["snapshot_restore_py"] = registry
    for name in "12":
        before.append((print, ("before", name), {}))
        after.append((print, ("after", name), {}))
    %s
    def handler(event, context):
        yield "x"
    """
SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def test_snapstart_hooks_run_around_the_snapshot(function: Function) -> None:
    """Before-snapshot hooks run in reverse order, then /restore/next, then after-restore hooks."""
    function.start(SNAPSHOT % "", **SNAP_START)

    restore = function.server.wait_for_response()
    assert restore.path == "/2018-06-01/runtime/restore/next"
    assert not function.server.polls
    function.server.restored.set()

    assert function.call(rest_event()).payload == b"x"
    assert function.log.split("\n")[:4] == ["before 2", "before 1", "after 1", "after 2"]


def test_the_hooks_are_those_of_the_library_of_aws() -> None:
    """AWS's snapshot_restore_py has the two getters and the entries that the runtime reads."""
    library = pytest.importorskip("snapshot_restore_py", reason="AWS's library is not installed")
    hook = library.register_before_snapshot(print, 1, sep="-")
    try:
        assert library.get_before_snapshot()[-1] == (hook, (1,), {"sep": "-"})
        assert isinstance(library.get_after_restore(), list)
    finally:
        library.get_before_snapshot().pop()


@pytest.mark.parametrize(
    ("line", "path", "kind", "code"),
    [
        ("before.append((eval, ('1/0',), {}))", "init/error", "Runtime.BeforeSnapshotError", 64),
        ("after.append((eval, ('1/0',), {}))", "restore/error", "Runtime.AfterRestoreError", 65),
    ],
)
def test_a_failing_hook_is_reported(
    function: Function, line: str, path: str, kind: str, code: int
) -> None:
    """Each hook has a separate report, error type and exit status."""
    function.server.restored.set()
    function.start(SNAPSHOT % line, **SNAP_START)

    report = function.server.wait_for_response()
    if report.path.endswith("/restore/next"):
        report = function.server.wait_for_response()

    assert report.path == f"/2018-06-01/runtime/{path}"
    assert report.headers["lambda-runtime-function-error-type"] == [kind]
    assert function.process.wait(60) == code
    function.wait_for_log("ZeroDivisionError")


def test_managed_instances_are_rejected_with_a_fix(function: Function) -> None:
    """The runtime does not serve more than one invocation at a time."""
    function.start("def handler(e, c): yield 1", AWS_LAMBDA_MAX_CONCURRENCY="16")

    report = function.server.wait_for_response()

    assert report.json["errorType"] == "Runtime.UnsupportedConcurrency"
    assert "PerExecutionEnvironmentMaxConcurrency" in report.json["errorMessage"]


def test_an_invalid_gathering_interval_is_an_error(function: Function) -> None:
    """The error precedes the first invocation."""
    function.start("def handler(e, c): yield 1", STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS="soon")

    assert "'soon': give a number" in function.server.wait_for_response().json["errorMessage"]


def test_context_variables_end_with_their_invocation(function: Function) -> None:
    """A request of an ASGI app does not have the context variables of another one."""
    function.start(
        """
        from contextvars import ContextVar
        user = ContextVar("user", default="unknown")
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            body = user.get().encode()
            user.set("somebody")
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
        """
    )

    assert [function.call(rest_event()).payload for _ in range(2)] == [b"unknown", b"unknown"]


def test_ctrl_c_ends_without_a_traceback(function: Function) -> None:
    """A user who started the process can end it."""
    function.start("def handler(e, c): yield 'x'")
    function.call(rest_event())
    function.process.send_signal(signal.SIGINT)

    assert function.process.wait(60) == 130
    assert "Traceback" not in function.log


ECHO = """
    import json, os
    def handler(event, context):
        yield json.dumps({
            "id": context.aws_request_id, "arn": context.invoked_function_arn,
            "tenant": context.tenant_id, "left": context.get_remaining_time_in_millis(),
            "name": context.function_name, "memory": context.memory_limit_in_mb,
            "trace": os.environ.get("_X_AMZN_TRACE_ID"),
            "client": context.client_context and context.client_context.client.app_title,
            "custom": context.client_context and context.client_context.custom,
            "identity": context.identity.cognito_identity_id, "w3c": context.w3c(),
        })
    """


def test_the_context_has_what_lambda_sends(function: Function) -> None:
    """Request id, ARN, deadline, trace, client context, identity and tenant reach the handler."""
    function.start(ECHO, AWS_LAMBDA_FUNCTION_NAME="f", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128")
    client = {"client": {"app_title": "T"}, "custom": {"a": 1}, "w3c": {"traceparent": "00-1"}}

    response = function.call(
        rest_event(),
        Lambda_Runtime_Client_Context=json.dumps(client),
        Lambda_Runtime_Cognito_Identity=json.dumps({"cognitoIdentityId": "i"}),
        Lambda_Runtime_Aws_Tenant_Id="blue",
        Lambda_Runtime_Invocation_Id="attempt-1",
    )

    context = json.loads(response.payload)
    assert 50_000 < context.pop("left") <= 60_000
    assert context == {
        "id": "request-1",
        "arn": "arn:aws:lambda:eu-west-1:1:function:f",
        "tenant": "blue",
        "name": "f",
        "memory": "128",
        "trace": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
        "client": "T",
        "custom": {"a": 1},
        "identity": "i",
        "w3c": {"traceparent": "00-1"},
    }
    assert response.headers["lambda-runtime-invocation-id"] == ["attempt-1"]


def test_an_invocation_does_not_have_the_context_of_another(function: Function) -> None:
    """Tenant, trace and invocation id are those of the current invocation."""
    function.start(ECHO)
    function.call(
        rest_event(), Lambda_Runtime_Aws_Tenant_Id="blue", Lambda_Runtime_Invocation_Id="1"
    )

    response = function.call(rest_event(), Lambda_Runtime_Trace_Id="")

    context = json.loads(response.payload)
    assert (context["tenant"], context["trace"], context["client"]) == (None, None, None)
    assert "lambda-runtime-invocation-id" not in response.headers


def test_a_failed_invocation_returns_its_id(function: Function) -> None:
    """`/error` has the invocation id as `/response` does."""
    function.start("def handler(event, context):\n    1 / 0")

    response = function.call(rest_event(), Lambda_Runtime_Invocation_Id="attempt-1")

    assert response.headers["lambda-runtime-invocation-id"] == ["attempt-1"]


LOGGING = """
    import logging
    def handler(event, context):
        logging.getLogger("shop").warning("sold %d", 3, extra={"item": "tea"})
        logging.getLogger("shop").info("unsaid")
        print("printed")
        try:
            1 / 0
        except ZeroDivisionError:
            logging.exception("oh")
        yield "x"
    """


def test_text_logs_have_the_format_of_lambda(function: Function) -> None:
    """Tabs separate level, time, request id and message. Each print is a line."""
    function.start(LOGGING)

    function.call(rest_event())

    first, second, *_ = function.log.splitlines()
    time_pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"\[WARNING\]\t{time_pattern}\trequest-1\tsold 3", first)
    assert second == "printed"
    assert "ZeroDivisionError: division by zero" in function.log


def test_json_logs_have_the_format_of_lambda(function: Function) -> None:
    """Each line is an object with Lambda's keys and the extras, from the configured level on."""
    function.start(
        LOGGING + "\n        1 / 0",
        AWS_LAMBDA_LOG_FORMAT="JSON",
        AWS_LAMBDA_LOG_LEVEL="INFO",
    )

    function.call(rest_event(), Lambda_Runtime_Aws_Tenant_Id="blue")
    function.wait_for_log('"stackTrace": ["  File \\"', times=2)

    sold, unsaid, caught, uncaught = [
        json.loads(line) for line in function.log.splitlines() if line.startswith("{")
    ]
    assert sold["message"] == "sold 3"
    assert (sold["level"], sold["logger"], sold["item"]) == ("WARNING", "shop", "tea")
    assert (sold["requestId"], sold["tenantId"]) == ("request-1", "blue")
    assert unsaid["message"] == "unsaid"
    assert caught["errorType"] == uncaught["errorType"] == "ZeroDivisionError"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sold["timestamp"])


def test_logs_during_import_have_the_format_of_lambda(function: Function) -> None:
    """The root logger has its handler before the first line of the function runs."""
    function.start('import logging\nlogging.warning("early")\ndef handler(e, c):\n    yield "x"')

    function.call(rest_event())

    assert re.match(r"\[WARNING\]\t\S+\t\tearly", function.log)
