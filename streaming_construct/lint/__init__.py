"""`streaming-construct lint`: checks templates, assemblies, documents and plans by the rules.

May import: `templates`, `reporting` and below.
"""
