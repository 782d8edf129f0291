"""What is deployed, read from AWS: as facts, and as the template that would have made it.

May import `knowledge` and the readers of templates. Only `aws` imports boto3, and it only reads.
"""
