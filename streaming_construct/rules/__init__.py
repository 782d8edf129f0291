"""Finding, suppression and the registry: what every checker shares.

May import: `model`.
"""
