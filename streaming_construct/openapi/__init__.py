"""OpenAPI documents that API Gateway imports, made from plain data.

`OpenApi.from_file("api.yaml").convert()` gives the document and a report of what it leaves out.
Files are read and an application is asked at the edges (`reading`, `asgi`); everything between is
plain functions on plain data. May import `knowledge`.
"""

from streaming_construct.openapi.conversion import Conversion
from streaming_construct.openapi.document import OpenApi
from streaming_construct.openapi.dropped import Dropped
from streaming_construct.openapi.error import OpenApiError, Reason
from streaming_construct.openapi.operations import OperationKey

__all__ = ["Conversion", "Dropped", "OpenApi", "OpenApiError", "OperationKey", "Reason"]
