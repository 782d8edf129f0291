"""The environment variables that Lambda gives to a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streaming_construct.aws.limits import FUNCTION_MEMORY_DEFAULT_MB
from streaming_construct.local.lambda_.processes.reaper_process import ENVIRONMENT_MARKER

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.local.lambda_.loaded_function import LoadedFunction
    from streaming_construct.model.functions import LoggingConfig


from pathlib import Path
from typing import Final


def lambda_variables(
    loaded_function: LoadedFunction, temporary: Path, *, provisioned: bool = False
) -> dict[str, str]:
    """The variables a program of this function starts with: the function's own come last.

    Only the system's PATH is inherited: no credentials of the caller of the gateway, unless the
    loaded_function has them.
    `temporary` becomes the home and holds what would be in /tmp. Layers are not mounted at /opt
    but found by the variables that name its folders. Byte code is not written into the code folder,
    which belongs to the cloud assembly.
    """
    function = loaded_function.function
    opt = loaded_function.layers
    return {
        "AWS_REGION": loaded_function.region,
        "AWS_DEFAULT_REGION": loaded_function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": loaded_function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb or FUNCTION_MEMORY_DEFAULT_MB),
        "AWS_LAMBDA_INITIALIZATION_TYPE": (
            "provisioned-concurrency" if provisioned else "on-demand"
        ),
        **_logging_variables(function.logging, loaded_function.name),
        ENVIRONMENT_MARKER: temporary.name,
        "LAMBDA_TASK_ROOT": str(loaded_function.code),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "_HANDLER": function.handler or "",
        "HOME": str(temporary),
        "LANG": "en_US.UTF-8",
        "TMPDIR": str(temporary),
        "TZ": ":UTC",
        "LD_LIBRARY_PATH": _joined(loaded_function.code / "lib", *(layer / "lib" for layer in opt)),
        "NODE_PATH": _joined(*(layer / "nodejs" / "node_modules" for layer in opt)),
        "PYTHONPATH": _joined(loaded_function.code, *(layer / "python" for layer in opt)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **loaded_function.credentials,
        **function.environment,
        "PATH": _joined(
            loaded_function.python,
            *(layer / "bin" for layer in opt),
            os.environ.get("PATH", os.defpath),
        ),
    }


def _logging_variables(logging: LoggingConfig, name: str) -> dict[str, str]:
    """The variables of a function's logging configuration; JSON has INFO as default level."""
    log_format = logging.log_format or "Text"
    level = logging.application_log_level or "INFO"
    return {
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.log_group or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        **({"AWS_LAMBDA_LOG_LEVEL": level} if log_format == "JSON" else {}),
    }


def _joined(*folders: Path | str) -> str:
    return os.pathsep.join(map(str, folders))


# https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
_INHERITED: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
)
# A function has a separate home folder, so the configuration files must be named.
_FILES: Final = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}


def caller_credentials() -> dict[str, str]:
    """The variables by which an AWS SDK finds the caller's credentials: keys, profile, files."""
    credentials = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = {
        name: Path(os.environ.get(name, default)).expanduser() for name, default in _FILES.items()
    }
    return credentials | {name: str(path) for name, path in paths.items() if path.is_file()}
