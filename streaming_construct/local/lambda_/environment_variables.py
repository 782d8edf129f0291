"""The environment variables that Lambda gives to a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.limits import FUNCTION_MEMORY_DEFAULT_MB
from streaming_construct.local.lambda_.file_system import find_file
from streaming_construct.local.lambda_.processes.reaper_process import ENVIRONMENT_MARKER
from streaming_construct.packaging.run_script import CHAINED_WRAPPER_VARIABLE

if TYPE_CHECKING:
    from streaming_construct.local.lambda_.file_system import FileSystem
    from streaming_construct.local.lambda_.loaded_function import LoadedFunction
    from streaming_construct.model.functions import LoggingConfig


def build_lambda_variables(
    loaded_function: LoadedFunction,
    files: FileSystem,
    log_stream: str,
    *,
    is_provisioned: bool = False,
) -> dict[str, str]:
    """Return the variables that a program of this function starts with.

    The variables of the function replace those of Lambda. Only PATH comes from the shell of the
    gateway, unless the function has credentials of the caller. Byte code is not written into the
    code folder, which belongs to the cloud assembly.
    """
    function = loaded_function.function
    return {
        "AWS_REGION": loaded_function.region,
        "AWS_DEFAULT_REGION": loaded_function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": loaded_function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": loaded_function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb or FUNCTION_MEMORY_DEFAULT_MB),
        "AWS_LAMBDA_INITIALIZATION_TYPE": (
            "provisioned-concurrency" if is_provisioned else "on-demand"
        ),
        **_build_logging_variables(function.logging, loaded_function.name),
        **_XRAY,
        ENVIRONMENT_MARKER: log_stream,
        "LAMBDA_TASK_ROOT": str(files.task_root),
        "LAMBDA_RUNTIME_DIR": str(files.runtime),
        "_HANDLER": function.handler or "",
        "HOME": str(files.home),
        "LANG": "en_US.UTF-8",
        "TMPDIR": str(files.temporary),
        "TZ": ":UTC",
        **_build_library_paths(loaded_function, files),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **loaded_function.credentials,
        **function.environment,
        **_chain_wrapper(loaded_function, files),
        "PATH": _join_paths(
            *([loaded_function.node] if loaded_function.node else []),
            loaded_function.python,
            *(layer / "bin" for layer in files.layers),
            os.environ.get("PATH", os.defpath),
        ),
    }


def _build_library_paths(loaded_function: LoadedFunction, files: FileSystem) -> dict[str, str]:
    """Return the variables with the folders of libraries, of the code before those of layers."""
    runtime = loaded_function.function.runtime or ""
    layers = files.layers
    return {
        "LD_LIBRARY_PATH": _join_paths(
            files.task_root, files.task_root / "lib", *(layer / "lib" for layer in layers)
        ),
        "NODE_PATH": _join_paths(
            *(
                layer / "nodejs" / name
                for layer in layers
                for name in (f"{_find_node_version(runtime)}/node_modules", "node_modules")
            ),
            files.runtime / "node_modules",
        ),
        "PYTHONPATH": _join_paths(
            files.task_root,
            *(
                layer / "python" / name
                for layer in layers
                for name in (f"lib/{runtime}/site-packages", "")
            ),
            *([files.runtime] if loaded_function.sdk else []),
        ),
    }


# An X-Ray SDK sends to the daemon by UDP, which fails silently where there is none.
_XRAY: Final = {
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
}


def _chain_wrapper(loaded_function: LoadedFunction, files: FileSystem) -> dict[str, str]:
    """Return the variable of the exec wrapper that starts first, with its path on this machine.

    It is empty if the file is missing: the template names the layer of a vendor only by its ARN.
    """
    path = loaded_function.function.environment.get(CHAINED_WRAPPER_VARIABLE)
    if path is None:
        return {}
    script = find_file(loaded_function, path)
    if script is None:
        return {CHAINED_WRAPPER_VARIABLE: ""}
    return {CHAINED_WRAPPER_VARIABLE: path if files.namespace else str(script)}


def _find_node_version(runtime: str) -> str:
    """Return the folder of a Node.js runtime's version, such as `node24` for `nodejs24.x`."""
    return f"node{runtime.removeprefix('nodejs').partition('.')[0]}"


def _build_logging_variables(logging: LoggingConfig, name: str) -> dict[str, str]:
    """Return the variables of the logging configuration; the default level of JSON is INFO."""
    log_format = logging.log_format or "Text"
    level = logging.application_log_level or "INFO"
    return {
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.log_group or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        **({"AWS_LAMBDA_LOG_LEVEL": level} if log_format == "JSON" else {}),
    }


def _join_paths(*folders: Path | str) -> str:
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


def read_caller_credentials() -> dict[str, str]:
    """Return the variables by which an AWS SDK finds your credentials: keys, profile, files."""
    credentials = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = {
        name: Path(os.environ.get(name, default)).expanduser() for name, default in _FILES.items()
    }
    return credentials | {name: str(path) for name, path in paths.items() if path.is_file()}
