"""Limits of sizes, times and rates that the gateway enforces.

May import: `aws`, `model`, `local.gateway.options`.
"""
