"""The deployed API, read from AWS: as facts, and as the template that describes it.

May import: `aws`, `documents`, `model`, `observability`, `templates`. Only `client` imports
boto3, and it only reads.
"""
