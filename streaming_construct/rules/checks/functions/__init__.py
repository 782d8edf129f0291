"""The rules about the functions of an API, one module per subject.

May import: `aws`, `model`, `rules.rule`, `rules.checks.transfer_modes`.
"""
