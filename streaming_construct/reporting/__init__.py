"""The formats and the options of reports, and the documentation of rules.

May import: `rules` and below. Every command that checks an API uses it.
"""
