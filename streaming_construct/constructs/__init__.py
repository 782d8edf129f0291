"""The CDK constructs: the only folder that imports aws_cdk.

May import: `aws`, `model`, `observability`, `openapi`, `packaging`, `rules`. Only the user and the
package's lazy `__init__` import it.
"""
