"""Checks of where a request comes from, before the API sees it.

May import: `local.gateway.request`, `local.http`.
"""
