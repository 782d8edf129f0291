"""Reads what the user sets for functions: variables and files of variables.

May import: `documents`, `model`.
"""
