"""Small helpers around the CDK: lazy values, durations, validation.

May import: `rules.finding`, `rules.suppression`.
"""
