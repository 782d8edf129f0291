"""Watches sources and reloads code or templates.

May import: `documents`, `model`, `runtime` (file list), `local.session`.
"""
