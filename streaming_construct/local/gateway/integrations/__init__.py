"""Lambda proxy and mock integrations.

May import: `aws`, `model`, `local.gateway` (context, responses), `local.lambda_.invocation`.
"""
