"""The deployed API, read from AWS: as facts, and as the template that describes it.

May import `knowledge` and the readers of templates. Only `aws` imports boto3, and it only reads.
"""
