"""Lambda integrations and the role that invokes them.

May import: `aws`, `constructs.cdk`, `constructs.functions`, `model`, `rules`.
"""
