"""Stage options, access log, access-log metrics.

May import: `aws`, `model`, `observability`, `rules.finding`, `constructs.{cdk,access}`.
"""
