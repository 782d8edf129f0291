"""Reads Lambda functions: their code, roles, and permissions to invoke them.

May import: `aws`, `model`, `templates.reader.unknown_elements`, `templates.resolver`,
`templates.stacks`.
"""
