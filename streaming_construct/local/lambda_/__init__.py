"""Lambda emulation: service, environment pool, Runtime API.

May import: `aws`, `local.http`, `model`, `packaging`, `terminal`.
"""
