"""The fixes of rules in the language of the input: CDK arguments, SAM properties, HCL.

A rule's own `fix` is in the words of CloudFormation and OpenAPI. May import: `rules.checks`,
`rules.rule`.
"""
