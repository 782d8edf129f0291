"""Operating-system processes, ports and limits.

May import: `aws`, `local.lambda_.invocation`, `terminal`.
"""
