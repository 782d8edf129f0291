"""Readers that end in an `ApiModel`: of templates and cloud assemblies, of deployed APIs.

May import `knowledge`. Never imports aws_cdk.
"""
