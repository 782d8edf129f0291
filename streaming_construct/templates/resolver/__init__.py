"""Resolves intrinsic functions, transforms and cross-stack references.

May import: `documents`, `model`, `templates.stacks`.
"""
