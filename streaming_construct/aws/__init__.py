"""Facts that AWS defines as constants and parsers: quotas, ARNs, URIs, runtimes, layers.

May import: nothing of this package.
"""
