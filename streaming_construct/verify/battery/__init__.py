"""The cases, one module a theme; `registry.py` lists them all.

May import: `aws`, `verify.case`, `verify.stack_outputs`.
"""
