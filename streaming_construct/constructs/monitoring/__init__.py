"""Dashboard, alarms, saved queries, trace sampling.

May import: `aws`, `constructs.cdk`, `constructs.functions`, `constructs.rest_api`, `model`,
`observability`, `rules`.
"""
