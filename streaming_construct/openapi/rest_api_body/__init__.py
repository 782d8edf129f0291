"""Writes the OpenAPI body of `AWS::ApiGateway::RestApi` from an `ApiModel`.

May import: `aws`, `model`.
"""
