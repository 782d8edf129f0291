"""Routes from `add_route` and from OpenAPI documents.

May import: `aws`, `constructs`, `documents`, `model`, `openapi`, `rules`.
"""
