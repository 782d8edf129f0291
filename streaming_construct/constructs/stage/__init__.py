"""Stage options, access log, access-log metrics.

May import: `aws`, `model`, `observability`, `rules.rule`, `constructs.{cdk,access}`.
"""
