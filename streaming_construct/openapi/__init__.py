"""OpenAPI documents that API Gateway imports, made from plain data.

Pure. May import `knowledge`.
"""
