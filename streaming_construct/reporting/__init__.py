"""The formats and the options of reports, and the documentation of rules.

May import: `model`, `rules`, `terminal`. Every command that checks an API uses it.
"""
