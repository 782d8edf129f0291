"""Resolves intrinsic functions, transforms and cross-stack references.

May import: `aws`, `documents`, `model`, `templates.stacks`.
"""
