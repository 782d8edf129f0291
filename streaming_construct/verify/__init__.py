"""`streaming-construct verify`: settle the claims of the documentation on a real API.

A case is data: requests, and the facts that they must show. The same cases run against the local
gateway and against a stack that the command deploys for them.
May import: `command_output`, `local`, `observability`, `probe`, `terminal`.
"""
