"""The port of the debugger of a function, from the option `--debug`."""

from __future__ import annotations

from typing import Final

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.settings.variables import UnknownFunctionError, find_function
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function

# The default ports of debugpy in VS Code, and of Node.js.
_PYTHON_PORT: Final = 5678
_NODE_PORT: Final = 9229


def read_debug_ports(api: ApiModel, value: str | None) -> dict[str, int]:
    """Return the port of the debugger by the id of its function.

    Args:
        api: The API.
        value: `FUNCTION`, `FUNCTION=PORT`, `=PORT`, or the empty text for the only function; None
            for no debugger.

    Raises:
        UnknownFunctionError: FUNCTION is not the name of exactly one function.
        SourceError: PORT is no port.
    """
    if value is None:
        return {}
    name, has_port, port_text = value.partition("=")
    function = find_function(api, name) if name else _get_only_function(api)
    default = _NODE_PORT if (function.runtime or "").startswith("nodejs") else _PYTHON_PORT
    if not has_port:
        return {function.id: default}
    if not port_text.isdecimal() or not 0 < int(port_text) < 65536:
        raise SourceError(f"{port_text!r} is no port. Pass a number such as {default}.")
    return {function.id: int(port_text)}


def _get_only_function(api: ApiModel) -> Function:
    if len(api.functions) == 1:
        return next(iter(api.functions.values()))
    names = sorted(function.origin.display_name for function in api.functions.values())
    raise UnknownFunctionError(
        f"the API has {len(names)} functions. Pass one of them: {', '.join(names)}."
    )
