"""API Gateway emulation: the request phases and what they share.

May import: `aws`, `model`, `templates.resolver` (placeholder ids), `local.http`,
`local.lambda_.invocation`, its own subfolders.
"""
