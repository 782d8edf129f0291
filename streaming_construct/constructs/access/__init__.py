"""Authorizers, API keys, usage plans, request validators, resource policies, throttling.

May import: `aws`, `constructs.cdk`, `constructs.functions`, `constructs.integrations`, `model`,
`openapi`, `rules`.
"""
