"""Limits of sizes, times and rates that the gateway enforces.

May import: `aws`, `local.gateway.options`, `model`.
"""
