"""Lambda integrations and the role that invokes them.

May import: `aws`, `model`, `rules.finding`, `constructs.cdk`, `constructs.functions`.
"""
