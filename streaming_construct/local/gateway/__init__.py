"""API Gateway emulation: the request phases and the modules that they share.

May import: `aws`, `local.http`, `local.lambda_`, `model`, `rules`, `templates`.
"""
