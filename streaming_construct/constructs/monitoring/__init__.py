"""Dashboard, alarms, saved queries, trace sampling.

May import: `aws`, `observability`, `rules.finding`, `constructs.{cdk,functions}`,
`constructs.rest_api`.
"""
