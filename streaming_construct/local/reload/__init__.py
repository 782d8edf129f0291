"""Watches sources and reloads code or templates.

May import: `documents`, `model`, `local.session`, `local.sources`.
"""
