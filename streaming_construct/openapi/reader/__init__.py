"""Reads Swagger 2.0, OpenAPI 3.0/3.1 and ASGI apps into `Operation` objects.

May import: `aws`, `documents`.
"""
