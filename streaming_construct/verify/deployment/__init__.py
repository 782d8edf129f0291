"""`verify --deploy`: the stack on AWS, from the checks before it to the checks after its deletion.

The real CDK CLI deploys and deletes the stack as a child process.
May import: `command_output`, `deployed`, `packaging`, `terminal`, `verify`.
"""
