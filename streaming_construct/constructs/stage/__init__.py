"""Stage options, access log, access-log metrics.

May import: `aws`, `constructs.access`, `constructs.cdk`, `model`, `observability`, `rules`.
"""
