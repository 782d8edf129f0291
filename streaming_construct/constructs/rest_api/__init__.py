"""`StreamingRestApi`: its options, its routes and the REST API that it creates.

May import: `aws`, `constructs`, `model`, `observability`, `openapi`, `rules`.
"""
