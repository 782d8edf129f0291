"""Lambda proxy and mock integrations.

May import: `aws`, `local.gateway`, `local.lambda_`, `model`.
"""
