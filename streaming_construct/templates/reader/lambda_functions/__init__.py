"""Reads Lambda functions: their code, roles, and permissions to invoke them.

Imports `unknown_elements` of the folder above, `templates.resolver`, `templates.stacks` and the
layers below `templates`.
"""
