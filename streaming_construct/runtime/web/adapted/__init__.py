"""The apps that a web server behind the Lambda Web Adapter serves. May import: `runtime.web`.

`run.sh` names one of the modules to the server, and the app of the function in
`STREAMING_WEB_APP`.
"""

from __future__ import annotations

import importlib
import os
from functools import reduce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

APP_VARIABLE = "STREAMING_WEB_APP"
"""The app of the function as `module:attribute`."""


def load_app() -> Any:
    """Import the app of the function.

    Raises:
        ImportError: The module does not exist.
        AttributeError: The module has no such attribute.
    """
    module, _, attributes = os.environ[APP_VARIABLE].partition(":")
    return reduce(getattr, attributes.split("."), importlib.import_module(module))
