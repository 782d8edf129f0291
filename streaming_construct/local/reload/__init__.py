"""Watches sources and reloads code or templates.

May import: `documents`, `local.gateway`, `local.session`, `local.sources`, `model`,
`terminal`.
"""
