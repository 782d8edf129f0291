"""Endpoint type, custom domain, TLS policy, web ACL.

May import: `aws`, `model`, `rules`, `constructs.{cdk,access}`.
"""
