"""The rules about the functions of an API, one module per subject.

May import: `aws`, `model`, `rules.checks.transfer_modes`, `rules.rule`.
"""
