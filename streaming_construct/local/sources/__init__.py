"""Finds the project's own folders and files behind the assets of a cloud assembly.

May import: `model`, `packaging`, `runtime`.
"""
