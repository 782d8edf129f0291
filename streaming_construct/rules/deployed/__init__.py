"""The rules that only a deployment can break: pure functions of plain facts, one file a subject.

Their facts are in `model.account`, `model.comparison`, `observability.access_log_parser` and
`observability.lambda_log_parser`. May import: `aws`, `model`, `observability`, `rules.checks`,
`rules.rule`.
"""
