"""Routes from `add_route` and from OpenAPI documents.

May import: `aws`, `model`, `openapi`, `rules`, `constructs.{cdk,functions,integrations,access}`.
"""
