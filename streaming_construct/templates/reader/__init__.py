"""Builds an `ApiModel` from resolved stacks.

May import: `aws`, `documents`, `model`, `templates.resolver`, `templates.stacks`.
"""
