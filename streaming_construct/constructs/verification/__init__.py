"""The stack that `streaming-construct verify` deploys: one API with every kind of route.

May import: `constructs`, `openapi`, `verify`. Nothing imports it; the command starts `__main__` as
a CDK app.
"""
