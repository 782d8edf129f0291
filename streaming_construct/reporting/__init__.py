"""The formats and the options of reports, and the documentation of rules.

May import: `command_output`, `model`, `rules`, `terminal`.
Every command that checks an API uses it.
"""
