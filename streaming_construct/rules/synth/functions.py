"""Rules on the functions that a construct receives."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

HANDLER_INVALID: Final = Rule(
    id="handler-invalid",
    severity=Severity.ERROR,
    title="Invalid handler",
    what=(
        "The handler is missing or is not a Lambda function. A function URL, a string, or "
        "another construct is not a handler."
    ),
    why=(
        "An integration invokes a function by its ARN. A function URL is a separate endpoint "
        "with its own streaming."
    ),
    fix="Pass the function, an alias or a version of it, or a function imported by its ARN.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"function", "synth"}),
)


UNPINNED_REQUIREMENTS: Final = Rule(
    id="unpinned-requirements",
    severity=Severity.WARNING,
    title="Unpinned requirements",
    what="`requirements.txt` does not pin the version of a direct or transitive dependency.",
    why=(
        "The same commit can deploy different dependencies later, although the template does "
        "not change."
    ),
    fix=(
        "Pin every requirement with `==` or a hash. `uv pip compile` and `pip-compile` "
        "generate such a file."
    ),
    source_url="https://pip.pypa.io/en/stable/topics/repeatable-installs/",
    tags=frozenset({"function", "synth"}),
)

HANDLER_RETURNS_LIST: Final = Rule(
    id="handler-returns-list",
    severity=Severity.WARNING,
    title="Handler that returns a list",
    what="The handler of a `PythonStreamingFunction` returns a list and does not yield.",
    why=(
        "The runtime sends the list as one JSON document when the handler returns. The client "
        "receives nothing before."
    ),
    fix="Yield each chunk. If the response is one JSON document, acknowledge the warning.",
    source_url="https://docs.python.org/3/reference/expressions.html#yield-expressions",
    tags=frozenset({"function", "synth"}),
)

DECORATED_GENERATOR: Final = Rule(
    id="decorated-generator",
    severity=Severity.WARNING,
    title="Decorated handler that yields",
    what="The handler of a `PythonStreamingFunction` yields, and has a decorator.",
    why=(
        "The call of a generator function returns before its body runs. A decorator that "
        "publishes metrics or closes a trace when the handler returns does so before the stream "
        "begins."
    ),
    fix=(
        "Apply `stream_in_call` of `streaming_construct.runtime` next to the function, below the "
        "other decorators. If the decorators expect a generator, acknowledge the warning."
    ),
    source_url="https://docs.python.org/3/reference/expressions.html#yield-expressions",
    tags=frozenset({"function", "synth"}),
)

SOURCE_NOT_PARSED: Final = Rule(
    id="source-not-parsed",
    severity=Severity.WARNING,
    title="Source that the Python of the synthesis cannot parse",
    what=(
        "The module of the handler or app has syntax that the Python of the synthesis does not "
        "know. The function runs on a newer Python."
    ),
    why="If the newer Python does not know the syntax either, each invocation fails.",
    fix=(
        "Correct the line. If the function's Python accepts it, acknowledge the warning, or "
        "synthesize with the Python of the function."
    ),
    source_url="https://docs.python.org/3/library/ast.html#ast.parse",
    tags=frozenset({"function", "synth"}),
)

BASE_PATH_CONFLICT: Final = Rule(
    id="base-path-conflict",
    severity=Severity.ERROR,
    title="Conflicting base paths",
    what=(
        "A function receives two base paths: from two APIs, or from an API and from "
        "`remove_base_path` or `STREAMING_BASE_PATH`."
    ),
    why=(
        "The adapter and the runtime support one base path. The app does not recognize paths "
        "with the other one."
    ),
    fix="Use a separate function for each base path, or remove the explicit base path.",
    source_url="https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html",
    tags=frozenset({"endpoint", "synth"}),
)

CORS_CONFLICT: Final = Rule(
    id="cors-conflict",
    severity=Severity.ERROR,
    title="Conflicting CORS options",
    what="Two APIs with different `cors` options share a function of this library.",
    why=(
        "The function reads the CORS options from its environment variables, so it can serve "
        "one set only."
    ),
    fix="Use a separate function for each API, or the same `cors` options for both.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    tags=frozenset({"cors", "synth"}),
)
