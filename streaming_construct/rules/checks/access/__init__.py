"""The rules about authorizers, API keys and resource policies, one module per subject.

May import: `aws`, `model`, `rules.checks.throttling`, `rules.rule`.
"""
