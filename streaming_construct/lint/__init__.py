"""`streaming-construct lint`: the rules, on what is written down anywhere.

Imports `sources`, `reporting` and `knowledge`.
"""
