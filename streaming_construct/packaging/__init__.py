"""The packaging of a folder with a Python web app: its code and its dependencies.

Standard library only, no aws_cdk: plain functions decide (requirements, server, platform, command
lines), and `layer` and `source` alone touch files and start installers. May import `knowledge`.
"""
