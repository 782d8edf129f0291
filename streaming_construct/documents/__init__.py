"""JSON and YAML files with positions: three dialects, one reader.

May import: nothing of this package.
"""
