"""Small helpers around the CDK: lazy values, durations, validation.

May import: `model`, `rules`.
"""
