"""The packaging of a folder with a Python web app: its code and its dependencies.

Standard library only, no aws_cdk. Plain functions decide about requirements, server, platform and
command lines. Only `dependency_layer` and `code_asset` write files and start installers. May
import: `aws`, `runtime`.
"""
