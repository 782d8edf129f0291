"""Converts operations and schemas to what API Gateway can import, and reports omissions.

May import: `aws`, `documents`, `model`, `openapi.reader`.
"""
