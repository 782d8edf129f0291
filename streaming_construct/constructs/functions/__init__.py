"""Lambda function constructs and the reader for functions that a caller passes in.

May import: `aws`, `model`, `packaging`, `runtime` (file list), `rules.rule`, `constructs.cdk`.
"""
