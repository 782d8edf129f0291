"""Lambda function constructs and the reader for functions that a caller passes in.

May import: `aws`, `constructs.cdk`, `model`, `packaging`, `rules`, `runtime`.
"""
