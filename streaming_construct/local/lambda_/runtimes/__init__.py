"""Starts each kind of function, and connects it to the Runtime API.

May import: `aws`, `model`, `local.http`, `local.lambda_` (loaded_function, invocation,
runtime_api), `local.lambda_.processes`.
"""
