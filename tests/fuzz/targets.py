"""The fuzz targets: parsers of untrusted input, with a property that holds for any input."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.utils import normalize_url_path
from hypothesis import strategies as st

from streaming_construct.aws.policy_patterns import is_matching_pattern
from streaming_construct.documents.bounds import MAX_DEPTH
from streaming_construct.documents.cloudformation_yaml import parse_yaml
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.documents.yaml_12 import parse
from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyError,
    evaluate_policy,
)
from streaming_construct.local.gateway.authorizers.sigv4 import (
    Credentials,
    SignatureError,
    check_signature,
)
from streaming_construct.local.gateway.integrations.prelude import PreludeError, PreludeParser
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.router import Router
from streaming_construct.local.http.connection import IncompleteMessageError, MalformedMessageError
from streaming_construct.local.http.idle_connections import IdleConnections
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import _ServerConnection
from streaming_construct.openapi.conversion.converter import ConversionError
from streaming_construct.openapi.document import OpenApi
from tests.fuzz import seeds
from tests.fuzz.mutations import VALUES, changed_documents, changed_texts
from tests.support.in_memory_functions import route

_CUTS = st.lists(st.integers(0, 200), max_size=4)


@dataclass(frozen=True)
class Target:
    """A fuzz target: `check` raises if its property does not hold for an input."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]


def split_bytes(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Return the same bytes in parts."""
    bounds = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


class _Transport(asyncio.Transport):
    """A transport without a socket, which records what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = write_eof = close

    def can_write_eof(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Ignore the limits: nothing is buffered."""

    def pause_reading(self) -> None:
        """Ignore it: the input is complete."""

    resume_reading = pause_reading


def read_requests(parts: Sequence[bytes]) -> tuple[list[Any], str]:
    """Return the requests that a server reads from a connection, and its error response."""
    requests: list[Any] = []
    rejections: list[str] = []
    errors: list[dict[str, Any]] = []

    async def handler(request: Request, response: ResponseWriter) -> None:
        try:
            body: object = b"".join([data async for data in request.body])
        except (MalformedMessageError, IncompleteMessageError):
            body = "incomplete"
        requests.append((request.method, request.target, list(request.headers), body))
        await response.start(204)
        await response.end()

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))
        connection = _ServerConnection(
            handler,
            set(),
            set(),
            IdleConnections(60),
            65536,
            quickack=False,
            report_rejection=rejections.append,
        )
        connection.connection_made(_Transport())
        for part in parts:
            connection.data_received(part)
        for _ in range(20):
            await asyncio.sleep(0)
        connection.eof_received()
        for _ in range(20):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert not errors, errors
    return requests, rejections[0] if rejections else ""


def check_http(case: tuple[bytes, list[int]]) -> None:
    """Check that chunks of any size are the same requests."""
    data, places = case
    requests = read_requests([data])
    assert read_requests(split_bytes(data, places)) == requests


def check_prelude(case: tuple[bytes, list[int]]) -> None:
    """Check that chunks of any size are the same prelude, or a PreludeError."""
    data, places = case
    assert read_prelude(split_bytes(data, places)) == read_prelude([data])


def read_prelude(parts: Sequence[bytes]) -> object:
    """Return the result of a parser for a prelude."""
    parser = PreludeParser()
    remaining = iter(parts)
    try:
        for part in remaining:
            if result := parser.feed(part):
                prelude, body = result
                return prelude.status, prelude.build_client_headers(), body + b"".join(remaining)
    except PreludeError as error:
        return type(error)
    return type(parser.end())


def check_routing(case: tuple[list[str], str]) -> None:
    """Check that the matched route, with its parameters, is the path."""
    paths, path = case
    match = Router([route(path) for path in paths]).match("GET", path)
    if match is None:
        return
    if len(re.findall(r"\{", match.route.path)) > len(match.path_parameters):
        return  # API Gateway rejects a name that is there twice
    parts = []
    for part in filter(None, match.route.path.split("/")):
        name = part[1:-1].removesuffix("+")
        is_parameter = part.startswith("{") and part.endswith("}")
        parts.append(match.path_parameters[name] if is_parameter else part)
    segments, expected = path.strip("/").split("/"), "/".join(parts).split("/")
    assert len(segments) == len(expected)
    assert all(a in (b, unquote(b)) for a, b in zip(expected, segments, strict=True))


def check_pattern(case: tuple[str, str]) -> None:
    """Check that a pattern matches as its regular expression does."""
    pattern, value = case
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert is_matching_pattern(pattern, value) is bool(re.fullmatch(expression, value, re.DOTALL))


def check_policy(policy: object) -> None:
    """Check that any JSON is a policy, or a PolicyError."""
    for source_ip in (None, "1.2.3.4", "2001:db8::1"):
        with suppress(PolicyError):
            evaluate_policy(policy, seeds.ARN, source_ip=source_ip)


def check_yaml(text: str) -> None:
    """Check that a text is read within the bounds, or is an error of the reader."""
    for read, rejection in ((parse_yaml, SourceError), (parse, OpenApiError)):
        try:
            document = read(text, "the document")
        except rejection:
            continue
        assert depth(document) <= MAX_DEPTH + 2
        assert len(repr(document)) < 1_000_000


def depth(node: object) -> int:
    """Return the number of levels of a document."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + max(map(depth, children), default=0)


def check_openapi(document: Any) -> None:
    """Check that a document is converted to JSON, or is an error of the reader."""
    if not isinstance(document, dict):
        return
    try:
        conversion = OpenApi.from_dict(document).convert()
    except (OpenApiError, ConversionError):
        return
    json.dumps(conversion.document)


_KEY = Credentials.from_name("fuzz")
_HOST = "127.0.0.1:3000"


def sign(path: str, body: bytes, *, in_query: bool) -> tuple[str, list[tuple[str, str]]]:
    """Return query and headers of a request with a valid signature."""
    request = AWSRequest(method="POST", url=f"http://{_HOST}{path}?a=1&b=%2F", data=body)
    kind = SigV4QueryAuth if in_query else SigV4Auth
    botocore_credentials = BotocoreCredentials(_KEY.access_key, _KEY.secret_key)
    kind(botocore_credentials, "execute-api", "us-east-1").add_auth(request)
    prepared = request.prepare()
    return str(prepared.url).partition("?")[2], [("Host", _HOST), *prepared.headers.items()]


def check_sigv4(case: dict[str, Any]) -> None:
    """Check that a request other than the signed one is a SignatureError."""
    signed_body = b"" if case["in_query"] else case["signed_body"]  # botocore reads no other
    original, headers = sign("/prod/x", signed_body, in_query=case["in_query"])
    query = original
    if case["query"] is not None:
        query = query[: case["place"]] + case["query"] + query[case["place"] :]
    name, change = case["header"]
    headers = [(key, change if key.lower() == name.lower() else value) for key, value in headers]
    headers += [(name, change)] * case["adds_header"]
    request = GatewayRequest(
        method=case["method"],
        full_path=case["path"],
        path=case["path"],
        query=query,
        headers=headers,
        source_ip="127.0.0.1",
        port=3000,
    )
    try:
        check_signature(request, case["body"], _KEY, "us-east-1")
    except SignatureError:
        return
    assert case["method"] == "POST"
    assert normalize_url_path(case["path"]) == "/prod/x"
    assert without_signature(query) == without_signature(original)
    assert case["body"] == signed_body or request.get_header("x-amz-content-sha256")


def without_signature(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query without those of the signature, sorted."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return sorted(pair for pair in pairs if not pair[0].startswith("X-Amz-"))


_BODIES = st.sampled_from([b"", b"abc"])
_SIGV4 = st.fixed_dictionaries(
    {
        "in_query": st.booleans(),
        "signed_body": _BODIES,
        "body": _BODIES,
        "method": st.sampled_from(["POST", "GET", "DELETE"]),
        "path": st.sampled_from(
            ["/prod/x", "/prod//x", "/prod/./x", "/prod/%78", "/prod/y", "", "*"]
        ),
        "place": st.integers(0, 40),
        "query": st.one_of(st.none(), st.text("&=%+aX-mz;/?", max_size=6), st.text(max_size=3)),
        "adds_header": st.integers(0, 2),
        "header": st.tuples(
            st.sampled_from(["Host", "X-Amz-Date", "Authorization", "x-amz-content-sha256", "X-A"]),
            st.one_of(
                st.sampled_from(
                    [
                        *(_HOST, "[::1", "a@b", "", "20261130T000000Z", "00000000T000000Z"),
                        *("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "[", "//"),
                        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
                        "UNSIGNED-PAYLOAD",
                    ]
                ),
                st.text(st.characters(max_codepoint=255), max_size=12),
            ),
        ),
    }
)
_SEGMENTS = st.sampled_from(
    ["a", "%61", "b", "{p}", "{q}", "{r+}", "", "..", "%2F", "é", "{", "a}"]
)
_ROUTES = st.lists(_SEGMENTS.filter(bool), max_size=5).map(lambda parts: "/" + "/".join(parts))
_PATHS = st.lists(_SEGMENTS, max_size=5).map(lambda parts: "/" + "/".join(parts))

TARGETS = (
    Target(
        "http",
        st.tuples(changed_texts(seeds.HTTP, seeds.HTTP_TOKENS, st.binary(max_size=6)), _CUTS),
        check_http,
    ),
    Target(
        "prelude",
        st.tuples(
            changed_texts(seeds.PRELUDES, seeds.PRELUDE_TOKENS, st.binary(max_size=6)), _CUTS
        ),
        check_prelude,
    ),
    Target("routing", st.tuples(st.lists(_ROUTES, min_size=1, max_size=5), _PATHS), check_routing),
    Target(
        "iam-pattern",
        st.tuples(st.text("ab*?/\n", max_size=8), st.text("ab/\n*", max_size=10)),
        check_pattern,
    ),
    Target("iam-policy", st.one_of(changed_documents(seeds.POLICIES), VALUES), check_policy),
    Target("yaml", changed_texts(seeds.YAML, seeds.YAML_TOKENS, st.text(max_size=4)), check_yaml),
    Target("openapi", changed_documents(seeds.OPENAPI), check_openapi),
    Target("sigv4", _SIGV4, check_sigv4),
)
