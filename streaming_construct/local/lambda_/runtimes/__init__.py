"""How each kind of function is started and spoken to.

May import: `aws`, `model`, `local.http`, `local.lambda_` (deployment, invocation, runtime_api),
`local.lambda_.processes`.
"""
