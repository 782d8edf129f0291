"""The rules that need only a template, one module per subject.

May import: `aws`, `model`, `rules.rule`.
"""
