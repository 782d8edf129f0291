"""Lambda emulation: service, environment pool, Runtime API.

May import: `aws`, `model`, `local.http`, its own subfolders.
"""
