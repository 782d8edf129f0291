"""The local gateway: it serves an `ApiModel` on loopback and runs its functions in processes.

May import: `templates`, `rules`, `openapi`, `model`, `packaging`, `aws`,
`command_output`, `documents`, `runtime`, `terminal`.
It never imports `aws_cdk`, so starting it starts no Node.js.
"""
