"""Watches sources and reloads code or templates.

May import: `command_output`, `documents`, `local.gateway`, `local.session`, `local.sources`,
`model`, `terminal`.
"""
