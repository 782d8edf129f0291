"""The rules that a template alone can show, one module per subject.

May import: `aws`, `model`, `observability`, `rules.rule`.
"""
