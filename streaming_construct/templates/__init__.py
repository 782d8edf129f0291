"""CloudFormation, SAM, CDK, OpenAPI and Terraform input; adds line numbers to findings.

May import: `documents`, `model`, `rules.rule`.
"""
