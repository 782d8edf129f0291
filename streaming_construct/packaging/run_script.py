"""`run.sh`: what the adapter starts in the function, and the local gateway starts on this machine.

The adapter execs it, so it must be executable and its lines must end in LF.
https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html
"""

from __future__ import annotations

from typing import Final

NAME: Final = "run.sh"

# The layer comes before the runtime's own packages, as it does for a handler: what requirements.txt
# pins wins over the boto3 that Lambda ships.
_SCRIPT: Final = """\
#!/bin/sh
# Starts the web server that the Lambda Web Adapter hands requests to.
cd "${LAMBDA_TASK_ROOT:-.}" || exit 1
PYTHONPATH="/opt/python${PYTHONPATH:+:$PYTHONPATH}${LAMBDA_RUNTIME_DIR:+:$LAMBDA_RUNTIME_DIR}"
export PYTHONPATH
exec """


def render_run_script(command: str) -> bytes:
    """Return a script that becomes `command` (shell text) with the dependencies on its path."""
    return f"{_SCRIPT}{command}\n".encode()


def run_script_problem(content: bytes) -> str | None:
    """Say what keeps a user's own script from starting in Lambda."""
    if b"\r\n" in content:
        return (
            "has Windows line endings (CRLF), which Lambda cannot start: save it with LF, "
            "and keep it so with `run.sh text eol=lf` in .gitattributes"
        )
    if not content.startswith(b"#!"):
        return "does not start with an interpreter line: make `#!/bin/sh` its first line"
    return None
