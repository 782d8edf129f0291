"""Settings of the user for functions: variables and files of variables.

May import: `documents`, `model`.
"""
