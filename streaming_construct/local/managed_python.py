"""Functions in Python without the Web Adapter: ordinary handlers, buffered as in Lambda."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from streaming_construct.local.launch import Deployment, Launch
from streaming_construct.local.runtime_api import runtime_api

_RUNTIME: Final = Path(__file__).with_name("python_runtime.py")


def launch(deployment: Deployment) -> Launch:
    """Start our runtime with the handler, on the deployment's own Python."""
    program = (str(deployment.python / "python"), str(_RUNTIME))
    return Launch(programs=(program,), runtime=partial(runtime_api, deployment))
