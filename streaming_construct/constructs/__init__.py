"""The CDK constructs: the only folder that imports aws_cdk.

May import `knowledge`, `openapi`, `packaging` and `sources`; nothing imports it but the user and
the package's own lazy `__init__`.
"""
