"""The local gateway: it serves an `ApiModel` on loopback and runs its functions in processes.

May import `knowledge` and `sources`. Never imports aws_cdk, so that starting it starts no Node.js.
"""
