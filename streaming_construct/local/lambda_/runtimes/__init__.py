"""Starts each kind of function, and connects it to the Runtime API.

May import: `aws`, `local.http`, `local.lambda_`, `model`, `runtime`.
"""
