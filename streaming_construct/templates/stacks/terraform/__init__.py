"""Terraform plans as CloudFormation stacks. May import: `documents`, `templates.stacks`."""
