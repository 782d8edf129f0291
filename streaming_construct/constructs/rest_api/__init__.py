"""`StreamingRestApi`: its options, its routes and the REST API that it creates.

May import: `aws`, `model`, `observability`, `openapi`, `rules`, `constructs.{cdk,functions,
integrations,access,endpoint,routes,stage}`.
"""
