"""Endpoint type, custom domain, TLS policy, web ACL.

May import: `aws`, `constructs.access`, `constructs.cdk`, `model`, `rules`.
"""
