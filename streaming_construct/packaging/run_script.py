"""Render `run.sh`, which starts the web server behind the Lambda Web Adapter.

The file must be executable, and its lines must end in LF.
https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html
"""

from __future__ import annotations

from typing import Final

from streaming_construct.runtime import bundle

NAME: Final = "run.sh"
# The path of an exec wrapper that starts before the web server, or before the runtime.
CHAINED_WRAPPER_VARIABLE: Final = bundle.CHAINED_WRAPPER_VARIABLE

# The layer comes before the packages of the runtime, as for a handler: a pinned boto3 replaces the
# boto3 of the runtime.
_SCRIPT: Final = """\
#!/bin/sh
# Starts the web server that the Lambda Web Adapter hands requests to.
cd "${LAMBDA_TASK_ROOT:-.}" || exit 1
PYTHONPATH="/opt/python${PYTHONPATH:+:$PYTHONPATH}${LAMBDA_RUNTIME_DIR:+:$LAMBDA_RUNTIME_DIR}"
export PYTHONPATH
"""


def render_run_script(command: str, variables: str = "") -> bytes:
    """Return a script that executes `command`, a shell text, with the dependencies on its path.

    Args:
        command: The command.
        variables: Environment variables of the command, as shell text.
    """
    export = f"export {variables}\n" if variables else ""
    return f"{_SCRIPT}{export}exec ${{{CHAINED_WRAPPER_VARIABLE}:-}} {command}\n".encode()


def is_rendered(content: bytes) -> bool:
    """Return whether `render_run_script` made a script."""
    return content.startswith(_SCRIPT.encode())


def find_run_script_problem(content: bytes) -> str | None:
    """Return why Lambda cannot start the script of a user; None if it can."""
    if b"\r\n" in content:
        return (
            "has Windows line endings (CRLF), so that Lambda cannot start it. Save it with LF, "
            "and add `run.sh text eol=lf` to .gitattributes."
        )
    if not content.startswith(b"#!"):
        return "has no interpreter line. Insert `#!/bin/sh` as its first line."
    return None
