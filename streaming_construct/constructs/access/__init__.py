"""Authorizers, API keys, usage plans, request validators, resource policies, throttling.

May import: `aws`, `model`, `openapi.rest_api_body`, `rules`,
`constructs.{cdk,functions,integrations}`.
"""
