"""The runner compares facts, repeats requests, and reports cases that it cannot settle."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from streaming_construct.verify.case import Case, CaseRequest, Credential, Knowledge
from streaming_construct.verify.client import build_request
from streaming_construct.verify.report import CaseResult, Outcome
from streaming_construct.verify.runner import run_cases
from streaming_construct.verify.target import CredentialError, Target, TargetKind


class Server:
    """Responds to each request with the number of requests so far, and keeps their bytes."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._lock = threading.Lock()

    def handle(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := connection.recv(4096)):
                    return
                request += data
            with self._lock:
                self.requests.append(request)
                status = b"200 OK" if len(self.requests) <= 2 else b"429 Too Many Requests"
            body = b'{"path": "/prod"}'
            connection.sendall(
                b"HTTP/1.1 " + status + b"\r\nx-amzn-RequestId: r\r\nContent-Length: 17\r\n\r\n"
            )
            connection.sendall(body)


class Credentials:
    def create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        if credential is Credential.IAM:
            raise CredentialError("There is no access key.")
        return {"X-Proof": f"{credential.name} {method} {url} {body!r}"}


class Logs:
    def read_access_log_record(self, request_id: str) -> Mapping[str, str] | None:
        del request_id
        return None


@contextmanager
def listening(server: Server) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=server.handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/prod"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def target(server: Server) -> Iterator[Target]:
    with listening(server) as url:
        yield new_target(url)


def new_target(url: str) -> Target:
    return Target(
        kind=TargetKind.LOCAL, url=url, region="x", credentials=Credentials(), logs=Logs()
    )


def case(case_id: str, expected: Mapping[str, object], **members: object) -> Case:
    return Case(
        id=case_id,
        theme="t",
        claim="c",
        page="p.md#a",
        knowledge=Knowledge.UNKNOWN,
        expected=expected,  # type: ignore[arg-type] # facts of any type
        **members,  # type: ignore[arg-type] # fields of a case
    )


def test_results_have_the_order_of_the_cases(target: Target) -> None:
    ended_cases: list[tuple[str, Outcome]] = []

    def progress(ended: Case, result: CaseResult) -> None:
        ended_cases.append((ended.id, result.outcome))

    cases = [
        case("same", {"status": 200}, duration_seconds=1.0),
        case("no-key", {"status": 200}, requests=(CaseRequest(credential=Credential.IAM),)),
        case("no-record", {"log:status": "200"}),
    ]
    report = run_cases(target, cases, progress=progress)
    assert [result.id for result in report.results] == ["same", "no-key", "no-record"]
    assert sorted(ended_cases) == sorted((result.id, result.outcome) for result in report.results)
    same, no_key, no_record = report.results
    assert same.outcome is Outcome.SAME
    assert (no_key.outcome, no_key.reason) == (Outcome.NOT_RUN, "There is no access key.")
    assert no_record.outcome is Outcome.NOT_RUN
    assert "no record of request r" in no_record.reason


def test_a_difference_names_both_values_after_a_second_attempt(
    target: Target, server: Server
) -> None:
    (result,) = run_cases(target, [case("differs", {"status": 201, "reason": "OK"})]).results
    assert result.outcome is Outcome.DIFFERENT
    (difference,) = result.differences
    assert vars(difference) == {"fact": "status", "expected": 201, "observed": 200}
    assert len(server.requests) == 2


def test_the_last_request_is_repeated_at_once(target: Target, server: Server) -> None:
    repeated = case(
        "repeated",
        {"count.200": 1, "count.429": 3},
        requests=(CaseRequest(path="/first"), CaseRequest(path="/again")),
        repeat=4,
        is_exclusive=True,
    )
    (result,) = run_cases(target, [repeated]).results
    assert result.outcome is Outcome.SAME
    assert sum(b"GET /prod/again " in request for request in server.requests) == 4


def test_a_refused_connection_is_a_difference() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (result,) = run_cases(
        new_target(f"http://127.0.0.1:{port}/prod"), [case("rejected", {"status": 200})]
    ).results
    assert result.observed == {"status": None}


def test_requests_have_headers_in_order_and_a_proof_of_the_caller() -> None:
    target = new_target("http://gateway.test/prod")
    request = CaseRequest(
        path="/a?b=c",
        method="PUT",
        headers=(("X-A", "1"), ("X-A", "2")),
        body=b"{}",
        credential=Credential.JWT,
    )
    assert build_request(target, request) == (
        b"PUT /prod/a?b=c HTTP/1.1\r\nHost: gateway.test\r\nX-A: 1\r\nX-A: 2\r\n"
        b"X-Proof: JWT PUT http://gateway.test/prod/a?b=c b'{}'\r\nContent-Length: 2\r\n\r\n{}"
    )
    raw = CaseRequest(raw=b"GET /{stage}/a HTTP/1.0\r\nHost: {host}\r\n\r\n")
    assert build_request(target, raw) == b"GET /prod/a HTTP/1.0\r\nHost: gateway.test\r\n\r\n"


def test_times_in_a_body_are_divided_by_the_time_scale() -> None:
    target = replace(new_target("http://gateway.test/prod"), time_scale=100)
    request = CaseRequest(method="POST", body=b'{"after_ms": "{ms:60000}", "text": "{ms}"}')
    body = b'{"after_ms": 600, "text": "{ms}"}'
    assert build_request(target, request).endswith(b"Content-Length: %d\r\n\r\n" % len(body) + body)
