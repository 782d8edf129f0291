"""IAM, Cognito and Lambda authorizers, API keys, resource policy.

May import: `aws`, `model`, `templates.stacks`, `local.gateway` (context),
`local.gateway.integrations`, `local.lambda_.invocation`.
"""
