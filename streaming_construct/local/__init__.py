"""The local gateway: an `ApiModel` served on loopback, its functions run in processes of their own.

May import `knowledge` and `sources`. Never imports aws_cdk, so that starting it starts no Node.js.
"""
