"""OpenAPI documents that API Gateway imports, made from plain data.

`OpenApi.from_file("api.yaml").convert()` returns the document and a report of omitted elements.
Only `document` and `reader.asgi` read files and start processes; the rest are pure functions. The
names below are imported on first use, so that an API without a document does not load the
conversion.

May import: `aws`, `command_output`, `documents`, `model`, `terminal`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError
    from streaming_construct.openapi.conversion.conversion_report import OmittedElement
    from streaming_construct.openapi.conversion.converter import Conversion
    from streaming_construct.openapi.document import OpenApi
    from streaming_construct.openapi.reader.operations import OperationKey

__all__ = [
    "Conversion",
    "ImportProblem",
    "OmittedElement",
    "OpenApi",
    "OpenApiError",
    "OperationKey",
]

_MODULES = {
    "Conversion": "streaming_construct.openapi.conversion.converter",
    "OmittedElement": "streaming_construct.openapi.conversion.conversion_report",
    "OpenApi": "streaming_construct.openapi.document",
    "OpenApiError": "streaming_construct.documents.openapi_errors",
    "OperationKey": "streaming_construct.openapi.reader.operations",
    "ImportProblem": "streaming_construct.documents.openapi_errors",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
