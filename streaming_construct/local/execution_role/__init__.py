"""Evaluates the AWS calls of functions with the identity policies of their roles.

May import: `aws`, `local.http`, `model`.
"""
