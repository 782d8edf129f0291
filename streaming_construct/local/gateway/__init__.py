"""API Gateway emulation: the request phases and the modules that they share.

May import: `aws`, `model`, `templates.resolver` (placeholder ids), `local.http`,
`local.lambda_.invocation`, its own subfolders.
"""
