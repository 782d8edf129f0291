"""Dashboard, alarms, saved queries, trace sampling.

May import: `aws`, `observability`, `rules.rule`, `constructs.{cdk,functions}`,
`constructs.rest_api`.
"""
