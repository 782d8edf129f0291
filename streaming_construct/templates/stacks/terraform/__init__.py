"""Terraform plans as CloudFormation stacks. May import: `stacks`, `documents`."""
