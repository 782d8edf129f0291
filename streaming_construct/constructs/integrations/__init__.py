"""Lambda integrations and the role that invokes them.

May import: `aws`, `model`, `rules.rule`, `constructs.cdk`, `constructs.functions`.
"""
