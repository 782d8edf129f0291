"""IAM, Cognito and Lambda authorizers, API keys, resource policy.

May import: `aws`, `local.gateway`, `local.lambda_`, `model`, `templates`.
"""
